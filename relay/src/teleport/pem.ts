/** One block of a PEM file: its label (`CERTIFICATE`, for example) and its whole text. */
export interface PemBlock {
  label: string;
  text: string;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----$/;

/**
 * The PEM blocks of a text in their order, read line by line; lines outside of blocks are passed over. `undefined` when a
 * block has no end, or begins inside another.
 */
export function readPemBlocks(text: string): PemBlock[] | undefined {
  const blocks: PemBlock[] = [];
  let open: { label: string; lines: string[] } | undefined;
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    const label = BEGIN.exec(line)?.[1];
    if (label !== undefined) {
      if (open !== undefined) return undefined;
      open = { label, lines: [line] };
    } else if (open !== undefined) {
      open.lines.push(line);
      if (line === `-----END ${open.label}-----`) {
        blocks.push({ label: open.label, text: `${open.lines.join('\n')}\n` });
        open = undefined;
      }
    }
  }
  return open === undefined ? blocks : undefined;
}
