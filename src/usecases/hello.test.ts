import { sampleHello, sampleSnapshot } from '../../test/support/sample-messages';
import { STATUS } from '../../test/support/fakes/jira-site';
import { activityCodes, servicesWithCard } from '../../test/support/fakes/samples';
import { createFakeServices } from '../../test/support/fakes/services';
import type { ConnectionTrust } from '../domain/connection';
import { handleCardChange } from './decide-from-card';
import { answerHello } from './hello';

const hello = sampleHello();
const { name, caFingerprint } = hello.cluster;
const key = { keyId: 'k1', secret: 'c'.repeat(43), createdAt: 0 };
const proposed: ConnectionTrust = { state: 'proposed', id: 'c-1', keys: [key] };
const confirmed: ConnectionTrust = {
  state: 'confirmed',
  id: 'c-1',
  keys: [key],
  cluster: { name, caFingerprint },
  mirrorSince: Date.parse('2026-11-24T13:30:00Z'),
};

describe('hello before confirmation', () => {
  it('only proposes the cluster, and keeps nothing that grants trust', async () => {
    const services = createFakeServices();
    expect(await answerHello(services, proposed, hello)).toMatchObject({
      connection: 'proposed',
      decisions: [],
      helloAfterSeconds: 5,
    });
    expect(await services.connections.readStatus('c-1')).toMatchObject({
      state: 'proposed',
      lastHello: { hello: { cluster: { name, caFingerprint } } },
    });
    expect(services.effects.done.filter((effect) => effect.includes('trust'))).toEqual([]);
    expect(await activityCodes(services)).toEqual(['proposed']);
  });
});

describe('hello of a confirmed relay', () => {
  it('tells since when to mirror', async () => {
    const services = createFakeServices();
    expect(await answerHello(services, confirmed, hello)).toMatchObject({
      connection: 'confirmed',
      mirrorSince: '2026-11-24T13:30:00Z',
      helloAfterSeconds: 60,
    });
  });

  it('costs one read beside the keys and no write while nothing changes', async () => {
    const services = createFakeServices();
    const { statusToken } = await answerHello(services, confirmed, hello);
    services.clock.pass(14 * 60);
    const { reads, writeUnits } = services.kvs;
    const health = { ...hello.health, waiting: 3 };
    expect((await answerHello(services, confirmed, { ...hello, health, statusToken })).statusToken).toBe(
      statusToken,
    );
    expect(services.kvs.reads - reads).toBe(1);
    expect(services.kvs.writeUnits).toBe(writeUnits);
  });

  it('is written down again after 15 minutes, on a change, and when the token is not ours', async () => {
    const services = createFakeServices();
    const { statusToken } = await answerHello(services, confirmed, hello);
    const problems = ['the stream is silent'];
    for (const [next, token] of [
      [{ ...hello, health: { ...hello.health, problems } }, statusToken],
      [hello, 'nonsense'],
      [hello, `x.${statusToken.split('.')[1] ?? ''}`],
    ] as const) {
      const { writeUnits } = services.kvs;
      await answerHello(services, confirmed, { ...next, statusToken: token });
      expect(services.kvs.writeUnits).toBeGreaterThan(writeUnits);
    }
    services.clock.pass(15 * 60);
    const { writeUnits } = services.kvs;
    await answerHello(services, confirmed, { ...hello, statusToken });
    expect(services.kvs.writeUnits).toBeGreaterThan(writeUnits);
  });

  it('does not bring back a connection that was revoked while the call was under way', async () => {
    const services = createFakeServices();
    await answerHello(services, confirmed, hello);
    const status = (await services.connections.readStatus('c-1'))!;
    await services.connections.writeStatus({ ...status, state: 'revoked', keys: [] });
    await answerHello(services, confirmed, {
      ...hello,
      decisions: { ...hello.decisions, accept: ['panel'] },
    });
    expect(await services.connections.readStatus('c-1')).toMatchObject({ state: 'revoked', keys: [] });
    expect(await services.connections.readTrust('c-1')).toBeUndefined();
  });

  it('goes on through a rotation of the host CA that the relay saw from both sides, and not after a bare change', async () => {
    const services = createFakeServices();
    const [next, third] = ['b'.repeat(64), 'c'.repeat(64)];
    const present = (...caFingerprints: string[]) =>
      answerHello(services, confirmed, {
        ...hello,
        cluster: { ...hello.cluster, caFingerprint: caFingerprints[0] ?? '', caFingerprints },
      });
    expect(await present(caFingerprint)).toMatchObject({ connection: 'confirmed' });
    // Nobody vouched for the new one yet.
    expect(await present(next)).toMatchObject({ connection: 'mismatch' });
    expect(await present(caFingerprint, next)).toMatchObject({ connection: 'confirmed' });
    expect(await present(next)).toMatchObject({ connection: 'confirmed' });
    // A second rotation, while the first is not confirmed.
    expect(await present(next, third)).toMatchObject({ connection: 'confirmed' });
    expect(await present(third)).toMatchObject({ connection: 'confirmed' });
    expect(await present('d'.repeat(64))).toMatchObject({ connection: 'mismatch' });
    const other = { ...hello.cluster, name: 'other.example.com', caFingerprints: [caFingerprint] };
    expect(await answerHello(services, confirmed, { ...hello, cluster: other })).toMatchObject({
      connection: 'mismatch',
    });
  });

  it.each([
    ['CA', { ...hello.cluster, caFingerprint: 'f'.repeat(64) }],
    ['name', { ...hello.cluster, name: 'other.example.com' }],
  ])('with another %s is a mismatch: noted once, and no decision leaves', async (_, cluster) => {
    const { services, issueId, connectionId } = await servicesWithCard();
    services.site.move(issueId, STATUS.approved, 'approver-1');
    await handleCardChange(services, issueId);
    const trust = (await services.connections.readTrust(connectionId))!;
    const other = { ...hello, cluster };
    const { statusToken, ...answer } = await answerHello(services, trust, other);
    expect(answer).toMatchObject({ connection: 'mismatch', decisions: [] });
    await answerHello(services, trust, { ...other, statusToken });
    expect(await activityCodes(services)).toEqual(['mismatch']);
    services.clock.pass(1);
    await handleCardChange(services, issueId);
    expect(await activityCodes(services)).toContain('no_connection');
    expect(services.site.get(issueId).statusId).toBe(STATUS.pending);
    expect(await answerHello(services, trust, hello)).toMatchObject({ connection: 'confirmed' });
  });

  it('brings the decisions that wait', async () => {
    const { services, issueId, connectionId } = await servicesWithCard();
    services.site.move(issueId, STATUS.denied, 'approver-1');
    await handleCardChange(services, issueId);
    const trust = (await services.connections.readTrust(connectionId))!;
    const answer = await answerHello(services, trust, hello);
    expect(answer.decisions).toMatchObject([{ verdict: 'deny', requestId: sampleSnapshot().id }]);
  });
});
