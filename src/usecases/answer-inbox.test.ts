import { randomUUID } from 'node:crypto';
import { MAX_INBOX_BODY_BYTES } from '../../contract/relay-inbox';
import { signRequest, verifyAnswer, type SignatureHeaders } from '../../contract/signing';
import { sampleHello, sampleSnapshot } from '../../test/support/sample-messages';
import { activityCodes, connect, servicesWithCard } from '../../test/support/fakes/samples';
import { createFakeServices, fakeSettings, type FakeServices } from '../../test/support/fakes/services';
import { answerInbox } from './answer-inbox';

const KEY = { keyId: 'k1', secret: 'c'.repeat(43) };
const snapshot = sampleSnapshot();
const apply = { v: 1, op: 'apply', cluster: snapshot.cluster, items: [{ requestId: snapshot.id, snapshot }] };

function signed(services: FakeServices, connectionId: string, body: string, key = KEY): SignatureHeaders {
  const id = { connectionId, keyId: key.keyId, uuid: randomUUID() };
  return signRequest({ role: 'relay-to-app', id, keys: [key], body, now: services.now() / 1000 });
}

async function call(services: FakeServices, connectionId: string, message: unknown, key = KEY) {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const headers = signed(services, connectionId, body, key);
  const answer = await answerInbox(services, { headers, body });
  const isSigned = verifyAnswer({
    role: 'relay-to-app-answer',
    requestId: headers['webhook-id'],
    headers: answer.headers,
    status: answer.status,
    body: answer.body,
    keys: [key],
    maxBodyBytes: MAX_INBOX_BODY_BYTES,
    now: services.now() / 1000,
  }).ok;
  const json: unknown = answer.body === '' ? undefined : JSON.parse(answer.body);
  return { status: answer.status, isSigned, json };
}

async function connected() {
  const services = createFakeServices();
  await services.settings.write(fakeSettings());
  return { services, id: await connect(services) };
}

test('what came of requests is logged with the id of the call, which the relay logs as well', async () => {
  const { services, id } = await connected();
  const body = JSON.stringify(apply);
  const headers = signed(services, id, body);
  await answerInbox(services, { headers, body });
  expect(services.logged).toContainEqual({
    message: 'requests told by a relay',
    facts: { callId: headers['webhook-id'].split('.').at(-1), results: `${snapshot.id} created` },
  });
});

describe('a call that cannot prove where it comes from', () => {
  it.each<
    [string, number, number, (services: FakeServices, id: string) => { headers: object; body: string }]
  >([
    ['is unsigned', 401, 0, () => ({ headers: {}, body: '{}' })],
    [
      'is too large',
      413,
      0,
      (services, id) => {
        const body = 'x'.repeat(MAX_INBOX_BODY_BYTES + 1);
        return { headers: signed(services, id, body), body };
      },
    ],
    [
      'carries a header twice',
      401,
      0,
      (services, id) => {
        const headers = signed(services, id, '{}');
        return {
          headers: { ...headers, 'webhook-timestamp': [headers['webhook-timestamp'], '1'] },
          body: '{}',
        };
      },
    ],
    [
      'is stale',
      401,
      0,
      (services, id) => {
        const headers = signed(services, id, '{}');
        services.clock.pass(301);
        return { headers, body: '{}' };
      },
    ],
    [
      'names a connection that the app cannot have made',
      401,
      0,
      (services) => ({ headers: signed(services, 'guess-1', '{}'), body: '{}' }),
    ],
    [
      'names a connection that does not exist',
      401,
      1,
      (services) => ({ headers: signed(services, randomUUID(), '{}'), body: '{}' }),
    ],
    [
      'is signed with another key',
      401,
      1,
      (services, id) => ({
        headers: signed(services, id, '{}', { ...KEY, secret: 'd'.repeat(43) }),
        body: '{}',
      }),
    ],
    [
      'was changed on the way',
      401,
      1,
      (services, id) => ({ headers: signed(services, id, '{}'), body: '{ }' }),
    ],
  ])('and %s is answered with nothing: %i, %i reads, no write', async (_, status, reads, make) => {
    const { services, id } = await connected();
    const { headers, body } = make(services, id);
    const before = { reads: services.kvs.reads, effects: services.effects.done.length };
    const answer = await answerInbox(services, { headers: { ...headers }, body });
    expect(answer).toEqual({ status, headers: {}, body: '' });
    expect(services.kvs.reads - before.reads).toBe(reads);
    expect(services.effects.done.length).toBe(before.effects);
  });

  it('is logged in a sample, without anything it brought', async () => {
    const { services, id } = await connected();
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.9);
    await answerInbox(services, { headers: {}, body: 'alice' });
    expect(services.logged).toEqual([]);
    random.mockReturnValue(0);
    await answerInbox(services, { headers: signed(services, id, 'bob'), body: 'alice' });
    random.mockRestore();
    expect(services.logged).toEqual([
      { message: 'call to the relay inbox dropped (1 in 20 is logged)', facts: { problem: 'signature' } },
    ]);
  });

  it('is refused with a key that ran out after a rotation', async () => {
    const { services, id } = await connected();
    const trust = (await services.connections.readTrust(id))!;
    await services.connections.writeTrust({
      ...trust,
      keys: trust.keys.map((key) => ({ ...key, expiresAt: services.now() + 1000 })),
    });
    expect((await call(services, id, sampleHello())).status).toBe(200);
    services.clock.pass(1);
    expect((await call(services, id, sampleHello())).status).toBe(401);
  });
});

describe('a verified call', () => {
  it('is answered with a signature', async () => {
    const { services, id } = await connected();
    expect(await call(services, id, sampleHello())).toMatchObject({
      status: 200,
      isSigned: true,
      json: { connection: 'confirmed' },
    });
    expect(await call(services, id, apply)).toMatchObject({
      status: 200,
      isSigned: true,
      json: { results: [{ result: 'created' }] },
    });
    expect(await call(services, id, { v: 1, op: 'open', cluster: snapshot.cluster })).toMatchObject({
      isSigned: true,
      json: {
        links: [
          { requestId: snapshot.id, syncDigest: snapshot.syncDigest, state: 'PENDING', phase: 'linked' },
        ],
      },
    });
  });

  it.each<[string, number, string, unknown]>([
    ['no JSON', 400, 'bad_message', 'nonsense'],
    ['no message', 400, 'bad_message', { v: 1, op: 'grant' }],
    ['another version', 426, 'unknown_version', { v: 2, op: 'hello' }],
    ['another cluster', 400, 'wrong_cluster', { v: 1, op: 'open', cluster: 'other.example.com' }],
  ])('with %s is refused, signed, and noted once in an hour', async (_, status, code, message) => {
    const { services, id } = await connected();
    for (let times = 0; times < 5; times += 1)
      expect(await call(services, id, message)).toMatchObject({
        status,
        isSigned: true,
        json: { v: 1, code },
      });
    expect(await activityCodes(services)).toEqual([code]);
    services.clock.pass(3600);
    await call(services, id, message);
    expect(await activityCodes(services)).toEqual([code, code]);
  });

  it('never tells what was in a malformed message', async () => {
    const { services, id } = await connected();
    await call(services, id, {
      ...apply,
      items: [{ requestId: 'secret-words', snapshot: { id: 'secret-words' } }],
    });
    const [entry] = (await services.activity.list(1)).entries;
    expect(entry?.text).toContain('items.0');
    expect(JSON.stringify(entry)).not.toContain('secret-words');
  });

  it('learns nothing and does nothing before the cluster is confirmed, or after it presented another one', async () => {
    const { services, id } = await connected();
    const trust = (await services.connections.readTrust(id))!;
    await services.connections.writeTrust({ state: 'proposed', id, keys: trust.keys });
    for (const message of [apply, { v: 1, op: 'open', cluster: snapshot.cluster }])
      expect(await call(services, id, message)).toMatchObject({
        status: 400,
        json: { code: 'not_confirmed' },
      });
    await services.connections.writeTrust(trust);
    const other = sampleHello({ cluster: { ...sampleHello().cluster, caFingerprint: 'e'.repeat(64) } });
    await call(services, id, other);
    expect(await call(services, id, apply)).toMatchObject({ status: 400, json: { code: 'not_confirmed' } });
    expect(services.site.issues.size).toBe(0);
    await call(services, id, sampleHello());
    expect(await call(services, id, apply)).toMatchObject({ status: 200 });
  });

  it('changes nothing when it is played back', async () => {
    const { services, id } = await connected();
    const body = JSON.stringify(apply);
    const headers = signed(services, id, body);
    await answerInbox(services, { headers, body });
    const effects = services.effects.done.length;
    expect((await answerInbox(services, { headers, body })).status).toBe(200);
    expect(services.effects.done.length).toBe(effects);
  });

  it('brings ten requests in step, and one whose handling breaks off does not hold up the others', async () => {
    const { services, id } = await connected();
    const ids = Array.from({ length: 10 }, (_, index) => `r-${index}`);
    const claim = services.links.claim.bind(services.links);
    services.links.claim = (link) =>
      link.requestId === 'r-4' ? Promise.reject(new RangeError('alice was here')) : claim(link);
    const items = ids.map((requestId) => ({ requestId, snapshot: sampleSnapshot({ id: requestId }) }));
    const { json } = await call(services, id, { ...apply, items });
    const { results } = json as {
      results: { requestId: string; result: string; code?: string; text?: string }[];
    };
    expect(results.filter(({ result }) => result === 'created')).toHaveLength(9);
    expect(results.find(({ requestId }) => requestId === 'r-4')).toMatchObject({
      result: 'failed',
      code: 'unexpected',
      text: 'The app could not handle the request (RangeError).',
    });
    expect(JSON.stringify(services.logged)).not.toContain('alice');
    expect(services.site.issues.size).toBe(9);
  });
});

describe('while the hourly quota is used up', () => {
  it('what is to be mirrored waits in full, without a call of Jira', async () => {
    const { services, id } = await connected();
    services.quota.pausedUntil = async () => services.now() + 1_800_000;
    const snapshot = sampleSnapshot();
    const body = JSON.stringify({
      ...{ v: 1, op: 'apply', cluster: snapshot.cluster },
      items: [{ requestId: snapshot.id, snapshot }],
    });
    const answer = await answerInbox(services, { headers: signed(services, id, body), body });
    expect(JSON.parse(answer.body)).toMatchObject({ results: [{ result: 'deferred', seconds: 1800 }] });
    expect(services.site.issues.size).toBe(0);
  });
});

describe('open', () => {
  it('goes on page by page, and leaves out what Teleport is no longer expected to list', async () => {
    const { services, connectionId: id } = await servicesWithCard();
    const link = (await services.links.read(snapshot.cluster, snapshot.id))!;
    if (link.phase !== 'linked') throw new Error('not linked');
    for (let index = 0; index < 1050; index += 1)
      await services.links.write({
        ...link,
        requestId: `r-${String(index).padStart(4, '0')}`,
        listedUntil: index % 2 === 0 ? link.listedUntil : 0,
      });
    const open = { v: 1, op: 'open', cluster: snapshot.cluster };
    const first = (await call(services, id, open)).json as { links: unknown[]; nextPageToken?: string };
    expect(first.nextPageToken).toBeDefined();
    const second = (await call(services, id, { ...open, pageToken: first.nextPageToken }))
      .json as typeof first;
    expect(second.nextPageToken).toBeUndefined();
    expect(first.links.length + second.links.length).toBe(526);
  });

  it('misses a link that was written just now, and applying it again changes nothing', async () => {
    const { services, id } = await connected();
    services.clock.pass(10);
    services.kvs.listLagMs = 5000;
    await call(services, id, apply);
    const { json } = await call(services, id, { v: 1, op: 'open', cluster: snapshot.cluster });
    expect(json).toMatchObject({ links: [] });
    expect(await call(services, id, apply)).toMatchObject({ json: { results: [{ result: 'unchanged' }] } });
    expect(services.site.issues.size).toBe(1);
  });
});
