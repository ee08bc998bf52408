import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeOf } from '../errors';
import { TeleportError, type Log } from '../ports';
import { parseIdentity, type Identity } from './identity';

/**
 * The identity file on disk. It is read anew by its path each time, so a directory whose content was swapped under it is
 * seen as well. A read that fails (tbot may be writing) leaves the last good identity in use.
 */
export class IdentityFile {
  private identity: Identity | undefined;
  private contentHash = '';
  private problem = 'it was not read yet';

  constructor(
    readonly path: string,
    private readonly log: Log,
  ) {
    this.reload();
  }

  /**
   * Reads the file.
   * @returns whether its content is new and usable.
   */
  reload(): boolean {
    const text = this.readText();
    if (text === undefined) return false;
    const hash = createHash('sha256').update(text).digest('hex');
    if (hash === this.contentHash) {
      this.problem = '';
      return false;
    }
    const result = parseIdentity(text);
    if (!result.ok) {
      this.keepOld(result.problem.text);
      return false;
    }
    const isRenewal = this.identity !== undefined;
    this.identity = result.identity;
    this.contentHash = hash;
    this.problem = '';
    this.log.info(isRenewal ? 'the identity file was renewed' : 'the identity file was read', {
      user: result.identity.user,
      cluster: result.identity.clusterName,
      expiresAt: result.identity.notAfter.toISOString(),
    });
    return true;
  }

  /** The last good identity, if there was one. */
  get newest(): Identity | undefined {
    return this.identity;
  }

  /**
   * The last good identity.
   * @throws TeleportError when the file never held one.
   */
  current(): Identity {
    if (this.identity === undefined) this.reload();
    if (this.identity === undefined) {
      throw new TeleportError('unavailable', `the identity file cannot be used: ${this.problem}`);
    }
    return this.identity;
  }

  private readText(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      this.keepOld(`it cannot be read (${codeOf(error) ?? 'unknown error'})`);
      return undefined;
    }
  }

  private keepOld(problem: string): void {
    if (problem === this.problem) return;
    this.problem = problem;
    this.log.warn('the identity file cannot be used', { problem, keepsOld: this.identity !== undefined });
  }
}
