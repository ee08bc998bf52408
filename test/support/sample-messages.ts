import { toUtcSeconds, type RequestSnapshot } from '../../contract/access-request';
import type { Decision } from '../../contract/decision';
import { grantDigest, syncDigest, type UncutSnapshot } from '../../contract/digests';
import type { HelloRequest } from '../../contract/relay-inbox';
import { CONTRACT_VERSION } from '../../contract/version';

/** A plain pending request, with the given fields changed, before it is cut and digested. */
export function sampleUncutSnapshot(changes: Partial<UncutSnapshot> = {}): UncutSnapshot {
  return {
    cluster: 'teleport.example.com',
    id: '01934c2e-7a31-7d5c-9a10-5b3d7a1c0e11',
    state: 'PENDING',
    user: 'alice',
    roles: ['editor'],
    resources: [],
    reason: 'restore the nightly backup',
    createdAt: '2026-11-24T14:00:00Z',
    requestExpiresAt: '2026-11-24T15:00:00Z',
    kind: 'SHORT_TERM',
    reviews: [],
    thresholds: [{ name: 'default', approve: 1, deny: 1, hasFilter: false }],
    suggestedReviewers: [],
    resolveReason: '',
    observedAt: '2026-11-24T14:00:01Z',
    ...changes,
  };
}

/** A plain pending request, with the given fields changed, digests as the relay would compute them. */
export function sampleSnapshot(changes: Partial<UncutSnapshot> = {}): RequestSnapshot {
  return digested(sampleUncutSnapshot(changes), []);
}

/** A valid approval made with the button, with the given fields changed. */
export function sampleDecision(changes: Partial<Decision> = {}): Decision {
  const shown = sampleSnapshot();
  return {
    v: CONTRACT_VERSION,
    id: 'p:10007:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11',
    connectionId: 'b9a1c0de-1f6e-4a4f-9a3f-0d8f5a6c7e21',
    cluster: shown.cluster,
    requestId: shown.id,
    verdict: 'approve',
    source: 'panel',
    actor: { accountId: '712020:8d0f5b7e-1c2d-4e3f-a4b5-c6d7e8f90a1b' },
    reason: '',
    issue: { id: '10007', key: 'TAR-7', url: 'https://jira.example.com/browse/TAR-7' },
    grantDigest: shown.grantDigest,
    decidedAt: '2026-11-24T14:02:00Z',
    notAfter: '2026-11-24T14:17:00Z',
    ...changes,
  };
}

/** The end of a decision that is lent only to hear what became of it: past by the clock of any relay that the app talks to. */
export function longBefore(decidedAt: string): string {
  return toUtcSeconds(new Date(Date.parse(decidedAt) - 600_000));
}

/** A valid `hello` of a relay that may decide, with the given fields changed. */
export function sampleHello(changes: Partial<HelloRequest> = {}): HelloRequest {
  return {
    v: CONTRACT_VERSION,
    op: 'hello',
    relay: { version: '0.1.0', startedAt: '2026-11-24T13:00:00Z' },
    cluster: {
      name: 'teleport.example.com',
      caFingerprint: '0123456789abcdef'.repeat(4),
      version: '18.4.0',
      reviews: true,
    },
    decisions: { mode: 'set-state', approverIdentity: 'trait', accept: ['panel', 'card'], ceiling: [] },
    identity: { user: 'bot-jira', expiresAt: '2026-11-25T13:00:00Z' },
    health: { state: 'in_step', waiting: 0, failed: 0, olderRequests: 0, problems: [] },
    ...changes,
  };
}

/** A snapshot with its digests, as the relay would compute them. */
export function digested(uncut: UncutSnapshot, cut: RequestSnapshot['cut']): RequestSnapshot {
  return { ...uncut, cut, grantDigest: grantDigest(uncut), syncDigest: syncDigest(uncut) };
}
