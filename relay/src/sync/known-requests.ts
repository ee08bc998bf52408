import { stateRank, type RequestSnapshot, type RequestState } from '../../../contract/access-request';
import type { OpenLink } from '../../../contract/relay-inbox';

/** What the relay remembers of a request: little, since ten thousand may be open. */
interface Known {
  /** Highest state seen. */
  state: RequestState;
  /** Digest of the newest snapshot seen, empty when only the app's link is known. */
  seenDigest: string;
  /** Digest of what the app holds; `undefined` when it is not known to hold anything. */
  deliveredDigest: string | undefined;
  /** Whether the app has a link for it. */
  isLinked: boolean;
  isGone: boolean;
  /** Unix milliseconds. */
  seenAt: number;
}

/** What a new look at a request means. */
export type Sighting =
  /** Something to tell the app. */
  | 'news'
  /** The app has it already, or will be told by what waits. */
  | 'known'
  /** Older than what was seen before: a cache that lags, or Teleport went back. A read by id tells. */
  | 'older_than_known';

/** The requests that the relay has seen and what the app is known to hold of them. Rebuilt from both sides after a restart. */
export class KnownRequests {
  private readonly requests = new Map<string, Known>();

  /** Takes note of a snapshot and says whether it is news. */
  see(snapshot: RequestSnapshot, now: number): Sighting {
    const known = this.requests.get(snapshot.id);
    if (known !== undefined && (known.isGone || stateRank(snapshot.state) < stateRank(known.state))) {
      return 'older_than_known';
    }
    const isNews =
      known?.deliveredDigest !== snapshot.syncDigest && known?.seenDigest !== snapshot.syncDigest;
    this.requests.set(snapshot.id, {
      deliveredDigest: known?.deliveredDigest,
      isLinked: known?.isLinked ?? false,
      isGone: false,
      state: snapshot.state,
      seenDigest: snapshot.syncDigest,
      seenAt: now,
    });
    return isNews ? 'news' : 'known';
  }

  /** Takes note that Teleport no longer holds a request. @returns whether the app has to be told. */
  seeRemoval(id: string, now: number): boolean {
    const known = this.requests.get(id);
    if (known === undefined || known.isGone) return false;
    const state = known.state === 'PENDING' ? 'EXPIRED' : known.state;
    this.requests.set(id, { ...known, state, isGone: true, seenAt: now });
    return true;
  }

  /** Takes note of what the app says that it holds. */
  seeLink(link: OpenLink, now: number): void {
    const known = this.requests.get(link.requestId);
    const isComplete = link.phase === 'linked' && link.syncDigest !== '';
    const deliveredDigest = isComplete ? link.syncDigest : undefined;
    this.requests.set(link.requestId, {
      state: known?.state ?? link.state,
      // What the app lacks must be told again, although it was seen before.
      seenDigest: known?.seenDigest === deliveredDigest ? (known?.seenDigest ?? '') : '',
      deliveredDigest,
      isLinked: true,
      isGone: known?.isGone ?? false,
      seenAt: Math.max(known?.seenAt ?? 0, now),
    });
  }

  /** The app said that it has dealt with a snapshot. */
  noteDelivered(id: string, digest: string | undefined, isLinked: boolean): void {
    const known = this.requests.get(id);
    if (known === undefined) return;
    known.deliveredDigest = digest ?? known.deliveredDigest;
    known.isLinked ||= isLinked;
  }

  /** The app no longer lists a link that it had, so what was delivered is told again. */
  noteUnlinked(id: string): void {
    const known = this.requests.get(id);
    if (known === undefined) return;
    known.deliveredDigest = undefined;
    known.seenDigest = '';
    known.isLinked = false;
  }

  /** Whether the newest that was seen is what the app holds, or was offered since the app's link was looked at. */
  isTold(id: string): boolean {
    const known = this.requests.get(id);
    return known !== undefined && known.seenDigest !== '';
  }

  isLinked(id: string): boolean {
    return this.requests.get(id)?.isLinked === true;
  }

  isGone(id: string): boolean {
    return this.requests.get(id)?.isGone === true;
  }

  has(id: string): boolean {
    return this.requests.has(id);
  }

  stateOf(id: string): RequestState | undefined {
    return this.requests.get(id)?.state;
  }

  /** How many are remembered. */
  get count(): number {
    return this.requests.size;
  }

  /** Ids of all that is remembered. */
  ids(): string[] {
    return [...this.requests.keys()];
  }

  /** Forgets what was not seen since `before` and is needed no more. */
  forgetUnseen(before: number, isNeeded: (id: string) => boolean): void {
    for (const [id, known] of this.requests) {
      if (known.seenAt < before && !isNeeded(id)) this.requests.delete(id);
    }
  }
}
