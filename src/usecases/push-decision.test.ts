import type { Decision } from '../../contract/decision';
import { findSigningKey, readSignedMessage, signAnswer, type ConnectionKey } from '../../contract/signing';
import { sampleDecision, sampleSnapshot } from '../../test/support/sample-messages';
import { readDecision, servicesWithCard } from '../../test/support/fakes/samples';
import type { FakeServices } from '../../test/support/fakes/services';
import { deliverNow, provePush, pushDecision, type RemoteRelay } from './push-decision';

const KEY: ConnectionKey = { keyId: 'k1', secret: 'c'.repeat(43) };
const { cluster, id: requestId } = sampleSnapshot();
const approved = sampleSnapshot({ state: 'APPROVED' });

type Reply = Awaited<ReturnType<RemoteRelay['post']>>;

/** A relay with the pairing's key that answers as told. */
class FakeRelay implements RemoteRelay {
  readonly paths: string[] = [];
  answers: Record<string, (body: unknown) => { status?: number; message: unknown } | 'silent'> = {};
  /** Changes an answer on its way. */
  tamper: (reply: Reply) => Reply = (reply) => reply;
  key = KEY;
  role: 'app-to-relay-answer' | 'relay-to-app-answer' = 'app-to-relay-answer';

  constructor(private readonly services: FakeServices) {}

  async post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Reply> {
    this.paths.push(path);
    const now = this.services.now() / 1000;
    const read = readSignedMessage({ headers, body, maxBodyBytes: 64_000, now });
    if (!read.ok || findSigningKey(read.message, 'app-to-relay', body, [KEY]) === undefined)
      return { status: 401, headers: {}, body: '' };
    const answer = this.answers[path]?.(JSON.parse(body)) ?? 'silent';
    if (answer === 'silent') throw new Error('no answer');
    const { status = 200, message } = answer;
    const text = JSON.stringify(message);
    const { role, key } = this;
    const signed = signAnswer({ role, requestId: read.message.rawId, key, status, body: text, now });
    return this.tamper({ status, headers: { ...signed }, body: text });
  }
}

async function setUp() {
  const made = await servicesWithCard();
  const { services, issueId, connectionId } = made;
  const decision = sampleDecision({
    ...{ id: `p:${issueId}:3f0e9f56-2f0c-4c0e-8f6b-0c6a2f3f7a11`, connectionId, cluster, requestId },
    issue: { id: issueId, key: 'TAR-1', url: 'https://jira.example.com/browse/TAR-1' },
    notAfter: '2030-01-01T00:00:00Z',
  });
  await services.connections.writePush({ connectionId });
  await services.decisions.write({ decision, lentUntil: services.now() + 30_000 });
  const relay = new FakeRelay(services);
  relay.answers = {
    '/v1/ping': () => ({ message: { v: 1, op: 'ping', connectionId, version: '1' } }),
    '/v1/decisions': () => ({ message: done(decision) }),
  };
  return { ...made, decision, relay };
}

const done = (decision: Decision, item: object = {}) => ({
  ...{ v: 1, op: 'decide', result: 'done' },
  item: {
    requestId,
    snapshot: approved,
    outcome: { decisionId: decision.id, outcome: { kind: 'applied' }, at: '2026-11-24T14:05:00Z' },
    ...item,
  },
});

describe('push', () => {
  it('is proved by a ping once, and carries the decision', async () => {
    const { services, relay, decision } = await setUp();
    expect(await pushDecision(services, relay, decision)).toMatchObject({ kind: 'done' });
    expect(relay.paths).toEqual(['/v1/ping', '/v1/decisions']);
    expect((await services.connections.readPush())?.provedAt).toBe(services.now());
    await pushDecision(services, relay, decision);
    expect(relay.paths).toEqual(['/v1/ping', '/v1/decisions', '/v1/decisions']);
  });

  it('is only for the connection that was chosen, while it is confirmed', async () => {
    const { services, relay, decision, connectionId } = await setUp();
    await services.connections.writePush({ connectionId: 'another' });
    expect(await pushDecision(services, relay, decision)).toEqual({ kind: 'not_sent' });
    await services.connections.writePush({ connectionId });
    await services.connections.removeTrust(connectionId);
    expect(await pushDecision(services, relay, decision)).toEqual({ kind: 'not_sent' });
    await services.connections.writePush(undefined);
    expect(await provePush(services, relay)).toBe(false);
    expect(relay.paths).toEqual([]);
  });

  it.each<[string, (relay: FakeRelay) => void]>([
    ['no answer', (relay) => void (relay.answers = {})],
    [
      'an answer signed with another key',
      (relay) => void (relay.key = { keyId: 'k1', secret: 'd'.repeat(43) }),
    ],
    ['an answer signed for the other direction', (relay) => void (relay.role = 'relay-to-app-answer')],
    [
      'an answer changed on its way',
      (relay) => void (relay.tamper = (reply) => ({ ...reply, body: `${reply.body} ` })),
    ],
    ['another status on its way', (relay) => void (relay.tamper = (reply) => ({ ...reply, status: 201 }))],
    ['an answer without signature', (relay) => void (relay.tamper = (reply) => ({ ...reply, headers: {} }))],
    [
      'a signed refusal',
      (relay) => {
        relay.answers['/v1/ping'] = () => ({ status: 503, message: {} });
      },
    ],
    [
      'the name of another connection',
      (relay) => {
        relay.answers['/v1/ping'] = () => ({
          message: { v: 1, op: 'ping', connectionId: 'x', version: '1' },
        });
      },
    ],
  ])('proves nothing by %s, and is left alone for a minute', async (_name, change) => {
    const { services, relay, decision } = await setUp();
    change(relay);
    expect(await pushDecision(services, relay, decision)).toEqual({ kind: 'not_delivered' });
    expect(relay.paths).toEqual(['/v1/ping']);
    expect(await services.connections.readPush()).toMatchObject({ failedAt: services.now() });
    services.clock.pass(59);
    expect(await pushDecision(services, relay, decision)).toEqual({ kind: 'not_sent' });
    services.clock.pass(2);
    expect(await pushDecision(services, relay, decision)).toEqual({ kind: 'not_delivered' });
    expect(relay.paths).toHaveLength(2);
  });

  it('that worked and fails is told to the administrator', async () => {
    const { services, relay, decision } = await setUp();
    expect(await provePush(services, relay)).toBe(true);
    relay.answers = {};
    await pushDecision(services, relay, decision);
    expect((await services.activity.list(5)).entries).toContainEqual(
      expect.objectContaining({ kind: 'failure', code: 'push_failed', cluster }),
    );
  });

  it.each<[string, object]>([
    [
      'of another decision',
      { outcome: { decisionId: 'p:1:x', outcome: { kind: 'applied' }, at: '2026-11-24T14:05:00Z' } },
    ],
    ['of another cluster', { snapshot: sampleSnapshot({ cluster: 'other.example.com', state: 'APPROVED' }) }],
    ['of another request', { requestId: 'r-2', snapshot: sampleSnapshot({ id: 'r-2', state: 'APPROVED' }) }],
    ['without the outcome', { outcome: undefined }],
  ])('believes no answer %s', async (_name, item) => {
    const { services, relay, decision } = await setUp();
    relay.answers['/v1/decisions'] = () => ({ message: done(decision, item) });
    expect(await pushDecision(services, relay, decision)).toEqual({ kind: 'not_delivered' });
  });
});

describe('a decision that is delivered now', () => {
  it('has its outcome on the issue and at the page at once', async () => {
    const { services, relay, decision, issueId } = await setUp();
    expect(await deliverNow(services, relay, decision)).toBe('done');
    expect(await services.decisions.readSettled(cluster, requestId)).toMatchObject({
      outcome: { kind: 'applied' },
    });
    expect(await readDecision(services)).toBeUndefined();
    expect(await services.links.read(cluster, requestId)).toMatchObject({ state: 'APPROVED' });
    const words = services.site.issues.get(issueId)!.comments.map(({ text }) => text);
    expect(words.some((text) => text.startsWith('Approval by button'))).toBe(true);
  });

  it('can be collected at once when it was not delivered', async () => {
    const { services, relay, decision } = await setUp();
    relay.answers['/v1/decisions'] = () => ({
      message: { v: 1, op: 'decide', result: 'not_delivered', text: 'Teleport is away' },
    });
    expect(await deliverNow(services, relay, decision)).toBe('waits');
    expect(await readDecision(services)).toEqual({ decision, lentUntil: services.now() });
    // That Teleport is away says nothing against push.
    expect(await services.connections.readPush()).not.toHaveProperty('failedAt');
  });

  it('leaves a newer decision alone', async () => {
    const { services, relay, decision } = await setUp();
    relay.answers = {};
    const newer = { decision: { ...decision, id: decision.id.replace('3f0e', '4f0e') }, lentUntil: 7 };
    await services.decisions.write(newer);
    await deliverNow(services, relay, decision);
    expect(await readDecision(services)).toEqual(newer);
  });
});
