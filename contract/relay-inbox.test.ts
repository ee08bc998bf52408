import { sampleDecision, sampleHello, sampleSnapshot } from '../test/support/sample-messages';
import { MAX_SNAPSHOT_BYTES, type RequestSnapshot } from './access-request';
import type { ReportedOutcome } from './decision';
import {
  APPLY_FAILURE_CODES,
  applyAnswer,
  applyItem,
  applyRequest,
  applyResult,
  helloAnswer,
  helloRequest,
  INBOX_ERROR_CODES,
  inboxError,
  inboxRequest,
  LINK_PHASES,
  MAX_APPLY_ITEMS,
  MAX_INBOX_BODY_BYTES,
  openAnswer,
  openRequest,
  type ApplyItem,
  type ApplyRequest,
  type HelloAnswer,
  type HelloRequest,
} from './relay-inbox';
import { CONTRACT_VERSION as v } from './version';

interface Schema {
  safeParse(value: unknown): { error?: { issues: { path: PropertyKey[]; message: string }[] } };
}

const text = (length: number) => 'x'.repeat(length);

/** Paths of what is wrong, or nothing when the schema accepts the value. */
const problems = (schema: Schema, value: unknown) =>
  schema.safeParse(value).error?.issues.map((issue) => issue.path.join('.'));

/** Words of what is wrong, or nothing when the schema accepts the value. */
const messages = (schema: Schema, value: unknown) =>
  schema.safeParse(value).error?.issues.map((issue) => issue.message);

const cluster = 'teleport.example.com';
const uuid = (n: number) => `01934c2e-7a31-7d5c-9a10-${String(n).padStart(12, '0')}`;
const itemOf = (snapshot: RequestSnapshot): ApplyItem => ({ requestId: snapshot.id, snapshot });
const itemNumber = (n: number): ApplyItem => itemOf(sampleSnapshot({ id: uuid(n) }));
const apply = (items: ApplyItem[]): ApplyRequest => ({ v, op: 'apply', cluster, items });
const outcome: ReportedOutcome = {
  decisionId: 'p:10007:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11',
  outcome: { kind: 'refused', code: 'late', text: text(512) },
  at: '2026-11-24T14:03:00Z',
};

/** A snapshot whose JSON text has exactly this many bytes. */
function snapshotOfSize(bytes: number, id: string): RequestSnapshot {
  const roles = (count: number, last: string) => [...Array<string>(count).fill(text(1000)), last];
  const make = (count: number, last: string) => ({ ...sampleSnapshot({ id }), roles: roles(count, last) });
  const count = Math.floor((bytes - sizeOf(make(0, ''))) / (1000 + '"",'.length));
  return make(count, text(bytes - sizeOf(make(count, ''))));
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

describe('inboxRequest', () => {
  const bodies = [sampleHello(), { v, op: 'open', cluster }, apply([itemNumber(1)])];

  it.each(bodies)('accepts $op and gives it back unchanged', (body) => {
    expect(inboxRequest.parse(JSON.parse(JSON.stringify(body)))).toEqual(body);
  });

  it.each(bodies)('refuses $op of another version or of none', (body) => {
    for (const other of [2, 0, '1', null, undefined]) {
      expect(problems(inboxRequest, { ...body, v: other })).toEqual(['v']);
    }
  });

  it.each(['goodbye', 'HELLO', undefined])('refuses the operation %p', (op) => {
    expect(problems(inboxRequest, { ...sampleHello(), op })).toEqual(['op']);
  });

  it.each([null, [], 'hello', 1])('refuses %j as a body', (body) => {
    expect(problems(inboxRequest, body)).toHaveLength(1);
  });

  it('keeps the checks across fields of apply', () => {
    expect(messages(inboxRequest, apply([itemNumber(1), itemNumber(1)]))).toEqual(['a request comes twice']);
  });
});

describe('hello', () => {
  const { relay, cluster: shown, decisions, identity, health } = sampleHello();

  it('may leave out what a relay may not know', () => {
    const least = sampleHello({
      decisions: { mode: 'observe', accept: [], ceiling: [] },
      identity: { user: 'bot-jira' },
    });
    expect(problems(helloRequest, least)).toBeUndefined();
  });

  it('may carry everything', () => {
    const most = sampleHello({
      statusToken: 'token',
      cluster: { ...shown, proxyAddress: 'teleport.example.com:443' },
      health: { ...health, lastListAt: '2026-11-24T13:59:00Z', problems: ['stream silent'] },
    });
    expect(helloRequest.parse(most)).toEqual(most);
  });

  it.each(['relay', 'cluster', 'decisions', 'identity', 'health'])('needs %s', (field) => {
    expect(problems(helloRequest, { ...sampleHello(), [field]: undefined })).toEqual([field]);
  });

  const limits: [path: string, limit: number, make: (n: number) => Partial<HelloRequest>][] = [
    ['statusToken', 64, (n) => ({ statusToken: text(n) })],
    ['relay.version', 512, (n) => ({ relay: { ...relay, version: text(n) } })],
    ['cluster.name', 253, (n) => ({ cluster: { ...shown, name: text(n) } })],
    ['cluster.version', 512, (n) => ({ cluster: { ...shown, version: text(n) } })],
    ['cluster.proxyAddress', 512, (n) => ({ cluster: { ...shown, proxyAddress: text(n) } })],
    ['decisions.ceiling.0', 512, (n) => ({ decisions: { ...decisions, ceiling: [text(n)] } })],
    ['decisions.ceiling', 20, (n) => ({ decisions: { ...decisions, ceiling: Array<string>(n).fill('') } })],
    ['identity.user', 512, (n) => ({ identity: { ...identity, user: text(n) } })],
    ['health.problems.0', 512, (n) => ({ health: { ...health, problems: [text(n)] } })],
    ['health.problems', 10, (n) => ({ health: { ...health, problems: Array<string>(n).fill('') } })],
  ];
  it.each(limits)('holds %s to %d', (path, limit, make) => {
    expect(problems(helloRequest, sampleHello(make(limit)))).toBeUndefined();
    expect(problems(helloRequest, sampleHello(make(limit + 1)))).toEqual([path]);
  });

  it.each([
    ['cluster.name', { cluster: { ...shown, name: '' } }],
    ['cluster.caFingerprint', { cluster: { ...shown, caFingerprint: 'ab'.repeat(31) } }],
    ['cluster.caFingerprint', { cluster: { ...shown, caFingerprint: 'ab'.repeat(33) } }],
    ['cluster.caFingerprint', { cluster: { ...shown, caFingerprint: 'AB'.repeat(32) } }],
    ['cluster.caFingerprint', { cluster: { ...shown, caFingerprint: `sha256:${'ab'.repeat(32)}` } }],
    ['cluster.reviews', { cluster: { ...shown, reviews: 'yes' } }],
    ['relay.startedAt', { relay: { ...relay, startedAt: '2026-11-24' } }],
    ['identity.expiresAt', { identity: { ...identity, expiresAt: 'never' } }],
    ['decisions.mode', { decisions: { ...decisions, mode: 'approve-all' } }],
    ['decisions.approverIdentity', { decisions: { ...decisions, approverIdentity: 'none' } }],
    ['decisions.accept.0', { decisions: { ...decisions, accept: ['board'] } }],
    ['health.state', { health: { ...health, state: 'ok' } }],
    ['health.waiting', { health: { ...health, waiting: -1 } }],
    ['health.failed', { health: { ...health, failed: 0.5 } }],
    ['health.olderRequests', { health: { ...health, olderRequests: -1 } }],
  ])('refuses %s when given %j', (path, changes) => {
    expect(problems(helloRequest, { ...sampleHello(), ...changes })).toEqual([path]);
  });
});

describe('the answer to hello', () => {
  const good: HelloAnswer = {
    v,
    op: 'hello',
    connection: 'confirmed',
    mirrorSince: '2026-11-24T13:00:00Z',
    helloAfterSeconds: 2,
    decisions: [sampleDecision()],
    statusToken: 'token',
  };

  it.each(['proposed', 'confirmed', 'mismatch'])('accepts a connection that is %s', (connection) => {
    expect(helloAnswer.parse({ ...good, connection })).toEqual({ ...good, connection });
  });

  it.each([
    ['v', { v: 2 }],
    ['op', { op: 'open' }],
    ['connection', { connection: 'revoked' }],
    ['mirrorSince', { mirrorSince: 'always' }],
    ['helloAfterSeconds', { helloAfterSeconds: 0 }],
    ['helloAfterSeconds', { helloAfterSeconds: 3601 }],
    ['statusToken', { statusToken: text(65) }],
    ['statusToken', { statusToken: undefined }],
    ['decisions', { decisions: Array(51).fill(sampleDecision()) }],
    ['decisions.0.verdict', { decisions: [{ ...sampleDecision(), verdict: 'yes' }] }],
  ])('refuses %s out of its bounds', (path, changes) => {
    expect(problems(helloAnswer, { ...good, ...changes })).toEqual([path]);
  });

  it('accepts what lies on its bounds', () => {
    const decisions = Array(50).fill(sampleDecision());
    const edge = { ...good, decisions, helloAfterSeconds: 3600, statusToken: text(64) };
    expect(problems(helloAnswer, edge)).toBeUndefined();
  });
});

describe('open', () => {
  it('takes a page token of up to 4,096 characters', () => {
    expect(problems(openRequest, { v, op: 'open', cluster, pageToken: text(4096) })).toBeUndefined();
    expect(problems(openRequest, { v, op: 'open', cluster, pageToken: text(4097) })).toEqual(['pageToken']);
  });

  it('needs a cluster name that fits', () => {
    expect(problems(openRequest, { v, op: 'open', cluster: text(253) })).toBeUndefined();
    for (const name of ['', text(254), undefined]) {
      expect(problems(openRequest, { v, op: 'open', cluster: name })).toEqual(['cluster']);
    }
  });

  const link = { requestId: uuid(1), syncDigest: '', state: 'PENDING', phase: 'creating' };

  it.each(LINK_PHASES)('is answered by links that are %s', (phase) => {
    const answer = { v, op: 'open', links: [{ ...link, phase }], nextPageToken: 'next' };
    expect(openAnswer.parse(answer)).toEqual(answer);
  });

  it.each([
    ['links.0.requestId', { requestId: '' }],
    ['links.0.requestId', { requestId: text(1025) }],
    ['links.0.syncDigest', { syncDigest: text(65) }],
    ['links.0.state', { state: 'NONE' }],
    ['links.0.phase', { phase: 'lost' }],
  ])('is not answered by %s %j', (path, changes) => {
    expect(problems(openAnswer, { v, op: 'open', links: [{ ...link, ...changes }] })).toEqual([path]);
  });

  it('is not answered with a page token that could not be sent back', () => {
    expect(problems(openAnswer, { v, op: 'open', links: [], nextPageToken: text(4097) })).toEqual([
      'nextPageToken',
    ]);
  });
});

describe('an item of apply', () => {
  const gone = { observedAt: '2026-11-24T14:05:00Z' };

  it.each<[string, ApplyItem]>([
    ['a snapshot', itemNumber(1)],
    ['a snapshot with an outcome', { ...itemNumber(1), outcome }],
    ['word that it is gone', { requestId: uuid(1), gone }],
    ['word that it is gone, with an outcome', { requestId: uuid(1), gone, outcome }],
  ])('may carry %s', (_name, item) => {
    expect(applyItem.parse(item)).toEqual(item);
  });

  it('carries a snapshot or word that it is gone, never both, never neither', () => {
    const expected = ['needs either snapshot or gone'];
    expect(messages(applyItem, { ...itemNumber(1), gone })).toEqual(expected);
    expect(messages(applyItem, { requestId: uuid(1) })).toEqual(expected);
    expect(messages(applyItem, { requestId: uuid(1), outcome })).toEqual(expected);
  });

  it('carries a snapshot of its own request', () => {
    expect(messages(applyItem, { ...itemNumber(1), requestId: uuid(2) })).toEqual([
      'snapshot is of another request',
    ]);
  });

  it('carries a snapshot of at most 96,000 bytes', () => {
    const largest = snapshotOfSize(MAX_SNAPSHOT_BYTES, uuid(1));
    const tooLarge = snapshotOfSize(MAX_SNAPSHOT_BYTES + 1, uuid(1));
    expect([sizeOf(largest), sizeOf(tooLarge)]).toEqual([96_000, 96_001]);
    expect(messages(applyItem, itemOf(largest))).toBeUndefined();
    expect(messages(applyItem, itemOf(tooLarge))).toEqual(['snapshot is too large']);
  });

  it('counts the bytes of a snapshot, not its characters', () => {
    const roles = Array<string>(60).fill('é'.repeat(1000));
    const snapshot = { ...sampleSnapshot(), roles };
    expect(JSON.stringify(snapshot).length).toBeLessThan(MAX_SNAPSHOT_BYTES);
    expect(messages(applyItem, itemOf(snapshot))).toEqual(['snapshot is too large']);
  });

  it.each([
    ['requestId', { requestId: '', snapshot: undefined, gone }],
    ['requestId', { requestId: text(1025), snapshot: undefined, gone }],
    ['snapshot.state', { snapshot: { ...sampleSnapshot(), state: 'NONE' } }],
    ['gone.observedAt', { snapshot: undefined, gone: {} }],
    ['outcome.outcome.kind', { outcome: { ...outcome, outcome: { kind: 'granted' } } }],
  ])('is refused at %s', (path, changes) => {
    expect(problems(applyItem, { ...itemNumber(1), ...changes })).toEqual([path]);
  });
});

describe('apply', () => {
  const items = (count: number) => Array.from({ length: count }, (_, n) => itemNumber(n));

  it('carries one to ten items', () => {
    expect(problems(applyRequest, apply(items(1)))).toBeUndefined();
    expect(problems(applyRequest, apply(items(MAX_APPLY_ITEMS)))).toBeUndefined();
    expect(problems(applyRequest, apply(items(MAX_APPLY_ITEMS + 1)))).toEqual(['items']);
    expect(problems(applyRequest, apply([]))).toEqual(['items']);
  });

  it('refuses a snapshot of another cluster, wherever it stands', () => {
    const other = itemOf(sampleSnapshot({ id: uuid(9), cluster: 'leaf.example.com' }));
    for (const mixed of [
      [other, itemNumber(1)],
      [itemNumber(1), other],
    ]) {
      expect(messages(applyRequest, apply(mixed))).toEqual(['snapshot is of another cluster']);
    }
  });

  it('refuses a request that comes twice, also as a snapshot and as gone', () => {
    const gone: ApplyItem = { requestId: uuid(1), gone: { observedAt: '2026-11-24T14:05:00Z' } };
    for (const twice of [
      [itemNumber(1), itemNumber(2), itemNumber(1)],
      [itemNumber(1), gone],
    ]) {
      expect(messages(applyRequest, apply(twice))).toEqual(['a request comes twice']);
    }
  });

  it('refuses the whole call for one bad item', () => {
    const bad = { ...itemNumber(2), requestId: uuid(3) };
    expect(problems(applyRequest, apply([itemNumber(1), bad]))).toEqual(['items.1']);
  });

  it('fits into one body with ten of the largest snapshots and an outcome each', () => {
    const largest = Array.from({ length: MAX_APPLY_ITEMS }, (_, n) => ({
      ...itemOf(snapshotOfSize(MAX_SNAPSHOT_BYTES, uuid(n))),
      outcome,
    }));
    expect(messages(applyRequest, apply(largest))).toBeUndefined();
    expect(sizeOf(apply(largest))).toBeLessThanOrEqual(MAX_INBOX_BODY_BYTES);
  });
});

describe('the answer to apply', () => {
  const issue = { issueId: '10007', issueKey: 'TAR-7' };
  const good = [
    ...['created', 'updated', 'unchanged'].map((result) => ({ requestId: uuid(1), result, ...issue })),
    { requestId: uuid(1), result: 'skipped' },
    { requestId: uuid(1), result: 'deferred', seconds: 10, text: 'Jira is busy' },
    ...APPLY_FAILURE_CODES.map((code) => ({
      requestId: uuid(1),
      result: 'failed',
      code,
      text: 'in words',
      retryAfterSeconds: 300,
    })),
  ];

  it.each(good)('may be %j', (result) => {
    expect(applyResult.parse(result)).toEqual(result);
  });

  it('carries all of them', () => {
    const answer = { v, op: 'apply', results: good };
    expect(applyAnswer.parse(answer)).toEqual(answer);
  });

  const deferred = { requestId: uuid(1), result: 'deferred', seconds: 86_400, text: text(512) };
  const failed = {
    requestId: uuid(1),
    result: 'failed',
    code: 'unexpected',
    text: text(512),
    retryAfterSeconds: 86_400,
  };
  const created = { requestId: uuid(1), result: 'created', issueId: text(32), issueKey: text(64) };

  it.each([deferred, failed, created])('accepts what lies on the bounds of $result', (result) => {
    expect(problems(applyResult, result)).toBeUndefined();
  });

  it.each([
    ['seconds', { ...deferred, seconds: 0 }],
    ['seconds', { ...deferred, seconds: 86_401 }],
    ['seconds', { ...deferred, seconds: undefined }],
    ['text', { ...deferred, text: text(513) }],
    ['code', { ...failed, code: 'no_idea' }],
    ['text', { ...failed, text: text(513) }],
    ['retryAfterSeconds', { ...failed, retryAfterSeconds: -1 }],
    ['retryAfterSeconds', { ...failed, retryAfterSeconds: 86_401 }],
    ['issueId', { ...created, issueId: text(33) }],
    ['issueKey', { ...created, issueKey: text(65) }],
    ['issueId', { ...created, issueId: undefined }],
    ['requestId', { ...created, requestId: undefined }],
    ['result', { ...created, result: 'done' }],
  ])('is refused for its %s', (path, result) => {
    expect(problems(applyResult, result)).toEqual([path]);
  });
});

describe('inboxError', () => {
  it.each(INBOX_ERROR_CODES)('may be %s', (code) => {
    expect(inboxError.parse({ v, code })).toEqual({ v, code });
  });

  it.each([
    ['v', { v: 2, code: 'bad_message' }],
    ['code', { v, code: 'teapot' }],
  ])('is refused for its %s', (path, value) => {
    expect(problems(inboxError, value)).toEqual([path]);
  });
});

describe('limits', () => {
  it('are those that both sides were built for', () => {
    expect({ MAX_INBOX_BODY_BYTES, MAX_APPLY_ITEMS, MAX_SNAPSHOT_BYTES }).toEqual({
      MAX_INBOX_BODY_BYTES: 1_000_000,
      MAX_APPLY_ITEMS: 10,
      MAX_SNAPSHOT_BYTES: 96_000,
    });
  });
});
