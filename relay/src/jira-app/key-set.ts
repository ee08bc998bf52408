import { createPublicKey, type KeyObject } from 'node:crypto';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import type { Clock, Log } from '../ports';

/** The key of an id, or why there is none: nobody published it, or what is published could not be read. */
export type KeyLookup = { kind: 'key'; key: KeyObject } | { kind: 'unknown' } | { kind: 'unavailable' };

/** Where keys come from and how often they may be asked for. */
export interface KeySetOptions {
  url: string;
  clock: Clock;
  log: Log;
  dispatcher?: Dispatcher;
}

/** However many unknown ids are asked for, the keys are fetched no more often than this, in milliseconds. */
const REFETCH_AFTER_MS = 30_000;
/** Keys that were withdrawn are trusted no longer than this, in milliseconds, as long as the platform answers. */
const FRESH_MS = 3_600_000;
/** Nor longer than this when it does not. */
const KEPT_MS = 12 * 3_600_000;
const FETCH_WITHIN_MS = 5000;
const MAX_BYTES = 64_000;
const MAX_KEYS = 50;
const MIN_MODULUS_BITS = 2048;

const keyDocument = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });
/** The only sort of key that the platform signs with (Forge Remote, invocation token). */
const rsaKey = z.object({
  kty: z.literal('RSA'),
  kid: z.string().min(1).max(256),
  n: z.string(),
  e: z.string(),
  use: z.literal('sig').optional(),
  alg: z.literal('RS256').optional(),
});

/**
 * The published keys of Forge invocation tokens. They are kept for an hour; an unknown id lets them be fetched anew, at most
 * every 30 s, by one call at a time. Whatever is no RSA key of at least 2048 bits for RS256 signatures is passed over.
 */
export class KeySet {
  private keys = new Map<string, KeyObject>();
  private fetchedAt: number | undefined;
  private triedAt: number | undefined;
  private fetching: Promise<void> | undefined;

  constructor(private readonly options: KeySetOptions) {}

  /** Looks a key up by its id. */
  async find(keyId: string): Promise<KeyLookup> {
    const { clock } = this.options;
    const age = (): number => clock.now() - (this.fetchedAt ?? -Infinity);
    const known = (): KeyLookup | undefined => {
      const key = age() < KEPT_MS ? this.keys.get(keyId) : undefined;
      return key && { kind: 'key', key };
    };
    const before = known();
    if (before !== undefined && age() < FRESH_MS) return before;
    const sinceTried = clock.now() - (this.triedAt ?? -Infinity);
    if (this.fetching !== undefined || sinceTried >= REFETCH_AFTER_MS) await this.fetchOnce();
    return known() ?? (age() < FRESH_MS ? { kind: 'unknown' } : { kind: 'unavailable' });
  }

  private async fetchOnce(): Promise<void> {
    this.triedAt = this.options.clock.now();
    this.fetching ??= this.fetch().finally(() => (this.fetching = undefined));
    await this.fetching;
  }

  private async fetch(): Promise<void> {
    const { clock, log } = this.options;
    try {
      this.keys = readKeys(await this.read());
      this.fetchedAt = clock.now();
    } catch {
      log.warn(
        'the keys of Forge’s invocation tokens could not be read; pushed decisions wait for the next hello',
      );
    }
  }

  private async read(): Promise<unknown> {
    const { url, dispatcher } = this.options;
    const { statusCode, body } = await request(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_WITHIN_MS),
      ...(dispatcher && { dispatcher }),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body) {
      const bytes: unknown = chunk;
      if (!(bytes instanceof Uint8Array)) continue;
      size += bytes.length;
      if (size > MAX_BYTES) break;
      chunks.push(Buffer.from(bytes));
    }
    if (statusCode !== 200 || size > MAX_BYTES) throw new Error('no key set');
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  }
}

function readKeys(document: unknown): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const entry of keyDocument.parse(document).keys) {
    const parsed = rsaKey.safeParse(entry);
    if (!parsed.success) continue;
    const { kid, kty, n, e } = parsed.data;
    try {
      const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
      const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
      if (key.asymmetricKeyType === 'rsa' && bits >= MIN_MODULUS_BITS) keys.set(kid, key);
    } catch {
      // A key that cannot be read is a key that nothing is signed with.
    }
  }
  return keys;
}
