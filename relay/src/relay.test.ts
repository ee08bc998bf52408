import type { Decision } from '../../contract/decision';
import { helloRequest } from '../../contract/relay-inbox';
import { FakeJiraApp } from '../../test/support/relay/fake-jira-app';
import { accessRequest, FakeTeleport } from '../../test/support/relay/fake-teleport';
import { ManualClock, settle } from '../../test/support/relay/manual-clock';
import { RecordingLog, RecordingMetrics } from '../../test/support/relay/recorders';
import { relayConfig, type RelayConfig } from './config/schema';
import { TeleportError } from './ports';
import { createRelay, type Relay } from './relay';
import { grantDigestOf } from './sync/snapshot';

function configWith(decisions: object = {}, timing: object = {}): RelayConfig {
  return relayConfig.parse({
    teleport: { address: 'auth.test:3025', identity_file: '/identity' },
    jira_app: { pairing_token: 'unused here' },
    decisions: { mode: 'set-state', approver_identity: 'any', ...decisions },
    timing,
  });
}

describe('createRelay', () => {
  let clock: ManualClock;
  let teleport: FakeTeleport;
  let app: FakeJiraApp;
  let log: RecordingLog;
  let relay: Relay;
  let stopping: AbortController;
  let aborting: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = new ManualClock();
    teleport = new FakeTeleport();
    app = new FakeJiraApp();
    log = new RecordingLog();
    stopping = new AbortController();
    aborting = new AbortController();
    relay = createRelay({
      config: configWith(),
      pairing: {
        webTriggerUrl: 'https://app.test/public/inbox',
        connectionId: 'connection',
        keyId: 'key-1',
        secret: Buffer.alloc(32).toString('base64url'),
        cloudId: 'cloud',
        appId: 'app',
        environmentId: 'environment',
      },
      teleport,
      jiraApp: app,
      clock,
      log,
      metrics: new RecordingMetrics(),
      version: '0.1.0',
      isPushAvailable: true,
    });
  });

  afterEach(async () => {
    stopping.abort();
    await running;
  });

  async function start(): Promise<void> {
    running = relay.run(stopping.signal, aborting.signal);
    await settle();
  }

  function decisionFor(request = accessRequest()): Decision {
    return {
      v: 1,
      id: 'c:10001:70001',
      connectionId: 'connection',
      cluster: 'test.cluster',
      requestId: request.id,
      verdict: 'approve',
      source: 'card',
      actor: { accountId: 'account-bob' },
      reason: '',
      issue: { id: '10001', key: 'TAR-1', url: 'https://jira.test/browse/TAR-1' },
      grantDigest: grantDigestOf(request),
      decidedAt: '2026-11-24T14:00:00Z',
      notAfter: '2026-11-24T14:15:00Z',
    };
  }

  it('becomes ready once the app takes requests and the first list is done', async () => {
    const request = accessRequest();
    teleport.requests.set(request.id, request);
    expect(relay.status()).toMatchObject({ state: 'starting', ready: false });
    await start();
    await clock.advance(1);
    expect(relay.status()).toMatchObject({ state: 'in_step', ready: true, problems: [], waiting: 0 });
    expect(app.applied.map((item) => item.requestId)).toEqual([request.id]);
  });

  it('presents itself in a form that the contract accepts, and hands the status token back', async () => {
    await start();
    await clock.advance(15_000);
    expect(app.hellos).toHaveLength(2);
    for (const message of app.hellos) {
      expect(helloRequest.safeParse({ v: 1, op: 'hello', ...message }).error).toBeUndefined();
    }
    expect(app.hellos[0]).toMatchObject({
      cluster: { name: 'test.cluster', caFingerprint: 'ab'.repeat(32) },
    });
    expect(app.hellos[1]).toMatchObject({
      statusToken: 'token',
      cluster: { version: '18.3.0', reviews: true },
      health: { state: 'in_step' },
    });
  });

  it.each(['proposed', 'mismatch'] as const)(
    'tells nothing while the connection is %s',
    async (connection) => {
      app.connection = connection;
      teleport.requests.set('one', accessRequest({ id: 'one' }));
      await start();
      await clock.advance(60_000);
      expect(app.batches).toEqual([]);
      expect(relay.status()).toMatchObject({ ready: false, jiraApp: { connection } });
      app.connection = 'confirmed';
      await clock.advance(15_000);
      expect(app.applied.map((item) => item.requestId)).toEqual(['one']);
    },
  );

  it('stops telling when a confirmed connection becomes a mismatch', async () => {
    await start();
    app.connection = 'mismatch';
    await clock.advance(15_000);
    teleport.put(accessRequest({ id: 'one' }));
    await clock.advance(5000);
    expect(app.batches).toEqual([]);
    expect(relay.status().problems.join()).toContain('confirmed another cluster');
  });

  it('carries a decision to Teleport and tells its outcome together with the new state, in one call', async () => {
    const request = accessRequest();
    teleport.requests.set(request.id, request);
    await start();
    app.decisions = [decisionFor()];
    await clock.advance(15_000);
    expect(teleport.changes).toHaveLength(1);
    const told = app.applied.filter((item) => item.snapshot?.state === 'APPROVED');
    expect(told).toMatchObject([
      { requestId: request.id, outcome: { decisionId: 'c:10001:70001', outcome: { kind: 'applied' } } },
    ]);
  });

  it('reports that a request is gone which was decided', async () => {
    await start();
    app.decisions = [decisionFor()];
    await clock.advance(15_000);
    expect(app.applied).toMatchObject([{ gone: {}, outcome: { outcome: { kind: 'gone' } } }]);
  });

  it('stops all decisions at once when the configuration says so, and lets the app know', async () => {
    teleport.requests.set(accessRequest().id, accessRequest());
    await start();
    relay.reload(configWith({ mode: 'observe', approver_identity: undefined }));
    await settle();
    expect(app.hellos.at(-1)).toMatchObject({ decisions: { mode: 'observe' } });
    app.decisions = [decisionFor()];
    await clock.advance(15_000);
    expect(teleport.changes).toEqual([]);
    expect(app.applied.at(-1)).toMatchObject({ outcome: { outcome: { code: 'observe_only' } } });
  });

  it('stops and reports when the app was uninstalled, and notices when it is back', async () => {
    await start();
    app.onHello = () => ({ ok: false, kind: 'uninstalled', text: 'the app is gone' });
    await clock.advance(15_000);
    const before = app.hellos.length;
    teleport.put(accessRequest({ id: 'one' }));
    await clock.advance(500_000);
    // Soon at first, then ever more rarely.
    const tries = app.hellos.length - before;
    expect(tries).toBeGreaterThanOrEqual(2);
    expect(tries).toBeLessThanOrEqual(6);
    expect(app.batches).toEqual([]);
    expect(relay.status()).toMatchObject({
      state: 'degraded',
      ready: false,
      problems: ['Jira app: the app is gone'],
      jiraApp: { connection: 'uninstalled' },
    });
    app.onHello = undefined;
    await clock.advance(720_000);
    expect(app.applied.map((item) => item.requestId)).toEqual(['one']);
  });

  it('keeps what happens while the app is away and tells it afterwards', async () => {
    await start();
    app.onHello = () => ({ ok: false, kind: 'unreachable', text: 'no answer' });
    app.onApply = () => ({ ok: false, kind: 'unreachable', text: 'no answer' });
    teleport.put(accessRequest({ id: 'one' }));
    await clock.advance(150_000);
    expect(relay.status()).toMatchObject({ ready: false, waiting: 1, problems: ['Jira app: no answer'] });
    app.onHello = undefined;
    app.onApply = undefined;
    await clock.advance(120_000);
    expect(app.applied.map((item) => item.requestId)).toEqual(['one']);
    expect(relay.status()).toMatchObject({ ready: true, problems: [] });
  });

  it('says hello although Teleport is away, with the reason', async () => {
    teleport.failures.set('ping', new TeleportError('unavailable', 'port refused'));
    await start();
    await clock.advance(15_000);
    expect(app.hellos.at(-1)).toMatchObject({
      health: { state: 'degraded', problems: ['Teleport: port refused'] },
    });
    expect(relay.status().ready).toBe(false);
  });

  it('waits without an identity instead of ending', async () => {
    teleport.hasIdentity = false;
    await start();
    await clock.advance(10_000);
    expect(app.hellos).toEqual([]);
    expect(relay.status().problems).toContain('The identity file cannot be used.');
    teleport.hasIdentity = true;
    await clock.advance(60_000);
    expect(relay.status()).toMatchObject({ ready: true });
  });

  it('warns before its identity ends', async () => {
    const expiresAt = new Date(clock.now() + 5 * 60_000);
    teleport.identityFacts = { ...teleport.identityFacts, expiresAt, warnFrom: new Date(clock.now() + 5000) };
    await start();
    expect(relay.status().problems).toEqual([]);
    await clock.advance(6000);
    expect(relay.status().problems).toEqual(['The identity ends 2026-11-24T14:05:00Z.']);
  });

  it('tells what Teleport shows in an earlier state than before', async () => {
    await start();
    teleport.put(accessRequest({ id: 'one', state: 'DENIED' }));
    await settle();
    teleport.put(accessRequest({ id: 'one', state: 'PENDING' }));
    await clock.advance(15_000);
    expect(app.hellos.at(-1)!.health.problems.join()).toContain('earlier state');
  });

  it('is not ready while it stops, and lets a delivery under way end', async () => {
    await start();
    const release = app.block();
    teleport.put(accessRequest({ id: 'one' }));
    await settle();
    stopping.abort();
    await settle();
    expect(relay.status()).toMatchObject({ state: 'stopping', ready: false });
    release();
    await running;
    expect(app.applied).toHaveLength(1);
  });

  describe('takes pushed decisions', () => {
    it('once the app has confirmed the cluster', async () => {
      const request = accessRequest();
      teleport.requests.set(request.id, request);
      expect(await relay.decide(decisionFor())).toMatchObject({ kind: 'not_delivered' });
      app.connection = 'mismatch';
      await start();
      expect(await relay.decide(decisionFor())).toMatchObject({ kind: 'not_delivered' });
      app.connection = 'confirmed';
      await clock.advance(15_000);
      expect(await relay.decide(decisionFor())).toMatchObject({
        kind: 'done',
        item: { snapshot: { state: 'APPROVED' }, outcome: { outcome: { kind: 'applied' } } },
      });
    });

    it('and answers in time although Teleport does not; what comes later is told by the queue', async () => {
      const request = accessRequest();
      teleport.requests.set(request.id, request);
      await start();
      await clock.advance(1);
      let answerNow = (): void => undefined;
      const gate = new Promise<void>((resolve) => (answerNow = resolve));
      const setState = teleport.setState.bind(teleport);
      teleport.setState = async (change) => {
        await gate;
        return setState(change);
      };
      const answer = relay.decide(decisionFor());
      await clock.advance(20_000);
      expect(await answer).toEqual({ kind: 'not_delivered', text: 'Teleport takes too long to answer' });
      answerNow();
      await clock.advance(5000);
      expect(app.applied.at(-1)).toMatchObject({ outcome: { outcome: { kind: 'applied' } } });
    });

    it('and says so in its hello', async () => {
      await start();
      expect(app.hellos[0]!.push).toEqual({ available: true });
    });
  });

  it('stops decisions while Teleport refuses it, tells the app at once, and goes on afterwards', async () => {
    app.helloAfterSeconds = 3600;
    await start();
    expect(app.hellos.at(-1)!.decisions.mode).toBe('set-state');
    teleport.failures.set('read', new TeleportError('permission_denied', 'lock in force'));
    await clock.advance(15_000);
    expect(app.hellos.at(-1)).toMatchObject({
      decisions: { mode: 'observe' },
      health: {
        state: 'degraded',
        problems: ['Teleport refuses the relay, so no decision is made: lock in force'],
      },
    });
    // Not reaching Teleport says nothing about the lock.
    teleport.failures.set('read', new TeleportError('unavailable', 'down'));
    await clock.advance(15_000);
    expect(app.hellos.at(-1)!.decisions.mode).toBe('observe');
    teleport.failures.delete('read');
    await clock.advance(15_000);
    expect(app.hellos.at(-1)!.decisions.mode).toBe('set-state');
  });
});
