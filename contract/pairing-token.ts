import * as z from 'zod';

const PREFIX = 'tpj1_';

/** What a relay needs to reach one connection of the app. The token is a secret as a whole. */
export const pairing = z.object({
  /** The web trigger `relay-inbox`. Plain HTTP is accepted on loopback only, for the sandbox. */
  webTriggerUrl: z.url({ protocol: /^https?$/ }).refine(isHttpsOrLoopback, 'must be https'),
  connectionId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  keyId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  /** 32 random bytes as base64url; never used directly, see signing. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  cloudId: z.string().min(1).max(128),
  appId: z.string().min(1).max(256),
  environmentId: z.string().min(1).max(256),
});
export type Pairing = z.infer<typeof pairing>;

/** Writes the pairing token that the administrator copies to the relay: `tpj1_` and base64url JSON. */
export function encodePairingToken(value: Pairing): string {
  return PREFIX + Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

/** Outcome of reading a pairing token. The reason never repeats any part of the token. */
export type PairingTokenResult = { ok: true; pairing: Pairing } | { ok: false; reason: string };

/** Reads a pairing token, tolerating white space around it. */
export function decodePairingToken(token: string): PairingTokenResult {
  const text = token.trim();
  if (!text.startsWith(PREFIX)) return { ok: false, reason: `it does not begin with ${PREFIX}` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString('utf8'));
  } catch {
    return { ok: false, reason: 'it is damaged or cut off' };
  }
  const result = pairing.safeParse(parsed);
  if (!result.success) {
    const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'all'))].join(', ');
    return { ok: false, reason: `these parts are missing or malformed: ${fields}` };
  }
  return { ok: true, pairing: result.data };
}

function isHttpsOrLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}
