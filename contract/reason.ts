/** Teleport's limit for a reason, in bytes (Teleport, access requests: request_reason and resolve_reason). */
export const MAX_REASON_BYTES = 4096;

/** Shortens a text to at most `max` bytes of UTF-8 without splitting a code point. */
export function cutToBytes(text: string, max: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= max) return text;
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
