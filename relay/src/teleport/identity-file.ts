import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../errors';
import { TeleportError, type Log } from '../ports';
import { parseIdentity, type Identity, type IdentityResult } from './identity';
import { problem, sentence, type Problem } from './problems';

/** Files of a tbot output that together say what an identity file says, in its order (Teleport, tbot outputs). */
const PARTS = ['tlscert', 'key', 'teleport-host-ca.crt'] as const;
/** The all-in-one file of a tbot output, also what a Kubernetes secret of the official plugin may hold. */
const ALL_IN_ONE = 'identity';
const MAX_BYTES = 1_000_000;
const GONE = ['ENOENT', 'ENOTDIR'];

/** Where an identity is: a file or directory, or its parts in files of any name (the official plugin's configuration). */
export type IdentitySource = string | Readonly<{ key: string; certificate: string; authorities: string }>;

/** The text of an identity, or why there is none. */
type IdentityText = { ok: true; text: string } | { ok: false; problem: Problem };

/**
 * Reads an identity by where it is: a file as `tctl auth sign` and tbot write it, or a directory that tbot writes to, which
 * holds the parts in files of their own or one called `identity`.
 */
function readIdentityText(path: IdentitySource): IdentityText {
  try {
    if (typeof path !== 'string') {
      const parts = [path.key, path.certificate, path.authorities].map(readSmall);
      return { ok: true, text: parts.join('\n') };
    }
    if (!statSync(path).isDirectory()) return { ok: true, text: readSmall(path) };
    const [certificate, key, authorities] = PARTS.map((name) => readIfThere(join(path, name)));
    if (certificate !== undefined && key !== undefined && authorities !== undefined) {
      return { ok: true, text: [key, certificate, authorities].join('\n') };
    }
    const whole = readIfThere(join(path, ALL_IN_ONE));
    return whole === undefined
      ? { ok: false, problem: problem('identity_incomplete') }
      : { ok: true, text: whole };
  } catch (error) {
    const code = codeOf(error);
    const kind = GONE.includes(code ?? '') ? 'identity_missing' : 'identity_unreadable';
    return { ok: false, problem: problem(kind, code) };
  }
}

/** Reads an identity by where it is. Dates are not judged: see `validityProblem`. */
export function readIdentity(path: IdentitySource): IdentityResult {
  const read = readIdentityText(path);
  return read.ok ? parseIdentity(read.text) : read;
}

function readSmall(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
  return readFileSync(path, 'utf8');
}

function readIfThere(path: string): string | undefined {
  try {
    return readSmall(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The identity on disk. It is read anew by its path each time, so a directory whose content was swapped under it (as
 * Kubernetes does with secrets) is seen as well as a file written in place. A read that fails (tbot may be writing) leaves
 * the last good identity in use.
 */
export class IdentityFile {
  private identity: Identity | undefined;
  private contentHash = '';
  private lastProblem: Problem | undefined;

  constructor(
    readonly path: IdentitySource,
    private readonly log: Log,
  ) {
    this.reload();
  }

  /**
   * Reads the file.
   * @returns whether its content is new and usable.
   */
  reload(): boolean {
    const read = readIdentityText(this.path);
    if (!read.ok) return this.keepOld(read.problem);
    const hash = createHash('sha256').update(read.text).digest('hex');
    if (hash === this.contentHash) {
      this.lastProblem = undefined;
      return false;
    }
    const result = parseIdentity(read.text);
    if (!result.ok) return this.keepOld(result.problem);
    const isRenewal = this.identity !== undefined;
    this.identity = result.identity;
    this.contentHash = hash;
    this.lastProblem = undefined;
    this.log.info(isRenewal ? 'the identity file was renewed' : 'the identity file was read', {
      user: result.identity.user,
      cluster: result.identity.clusterName,
      expiresAt: result.identity.notAfter.toISOString(),
      hostCas: result.identity.caFingerprints.length,
    });
    return true;
  }

  /** The last good identity, if there was one. */
  get newest(): Identity | undefined {
    return this.identity;
  }

  /** What is wrong with what is on disk now, if anything is. */
  get problem(): Problem | undefined {
    return this.lastProblem;
  }

  /**
   * The last good identity.
   * @throws TeleportError when the file never held one.
   */
  current(): Identity {
    if (this.identity === undefined) this.reload();
    if (this.identity === undefined) {
      const reason = sentence(this.lastProblem ?? problem('identity_missing'));
      throw new TeleportError('unavailable', `the identity file cannot be used: ${reason}`);
    }
    return this.identity;
  }

  private keepOld(found: Problem): false {
    if (found.text !== this.lastProblem?.text) {
      this.log.warn('the identity file cannot be used', {
        code: found.code,
        problem: sentence(found),
        keepsOld: this.identity !== undefined,
      });
    }
    this.lastProblem = found;
    return false;
  }
}
