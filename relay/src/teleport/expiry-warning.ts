import type { Log } from '../ports';
import type { Identity } from './identity';

/** Of its life, a certificate should never have less left than this: tbot renews after a third … */
const WARN_AT_SHARE = 0.25;
/** … but one that lasts for months is not worth a word earlier than this, in milliseconds. */
const WARN_AT_MOST_MS = 14 * 24 * 3_600_000;

/** From when on (Unix milliseconds) it is worth a warning that an identity has not been renewed. */
export function warnFrom({ notBefore, notAfter }: Pick<Identity, 'notBefore' | 'notAfter'>): number {
  const life = notAfter.getTime() - notBefore.getTime();
  return notAfter.getTime() - Math.min(WARN_AT_MOST_MS, life * WARN_AT_SHARE);
}

/** Warns once that an identity ends soon, and once that it has ended. */
export class ExpiryWarning {
  private last = '';

  constructor(private readonly log: Log) {}

  /** Looks at the newest identity at `now`, Unix milliseconds. */
  look(identity: Identity | undefined, now: number): void {
    if (identity === undefined || now < warnFrom(identity)) return;
    const hasEnded = now >= identity.notAfter.getTime();
    const expiresAt = identity.notAfter.toISOString();
    const news = `${String(hasEnded)} ${expiresAt}`;
    if (news === this.last) return;
    this.last = news;
    this.log.warn(
      hasEnded
        ? 'the identity has expired: no new connection can be made until the file is renewed'
        : 'the identity ends soon and was not renewed: is tbot running, and may it still renew?',
      { expiresAt },
    );
  }
}
