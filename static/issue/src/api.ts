import { makeInvoke } from '@forge/bridge';
import type { IssuePageError, IssuePageFunctions, IssuePageResult } from '../../../contract/issue-page';

type Name = keyof IssuePageFunctions;
type Payload<N extends Name> = IssuePageFunctions[N]['payload'];
type Value<N extends Name> = IssuePageFunctions[N]['value'];

/** What became of a call: the app's answer, or none. */
export type Outcome<T> =
  { ok: true; value: T } | { ok: false; error: IssuePageError | { code: 'unreachable' } };

type Resolver = { [N in Name]: (payload: Payload<N>) => IssuePageResult<Value<N>> };

const invoke = makeInvoke<Resolver>();

async function settle<T>(call: Promise<IssuePageResult<T>>): Promise<Outcome<T>> {
  try {
    return await call;
  } catch {
    // The bridge rejects when the function threw, ran out of time or could not be reached; its texts are not for people.
    return { ok: false, error: { code: 'unreachable' } };
  }
}

/** The app's functions; none of them throws. */
export const api = {
  show: () => settle(invoke('show', {})),
  follow: () => settle(invoke('follow', {})),
  decide: (payload: Payload<'decide'>) => settle(invoke('decide', payload)),
};
