import type { ApplyItem } from '../../../contract/relay-inbox';
import { FakeJiraApp } from '../../../test/support/relay/fake-jira-app';
import { accessRequest, FakeTeleport } from '../../../test/support/relay/fake-teleport';
import { ManualClock, settle } from '../../../test/support/relay/manual-clock';
import { RecordingLog, RecordingMetrics } from '../../../test/support/relay/recorders';
import { TeleportError } from '../ports';
import { Mirror } from './mirror';

const START = Date.UTC(2026, 10, 24, 14, 0, 0);
const PAIRED = Date.UTC(2026, 10, 24, 13, 0, 0);

describe('Mirror', () => {
  let clock: ManualClock;
  let teleport: FakeTeleport;
  let app: FakeJiraApp;
  let log: RecordingLog;
  let metrics: RecordingMetrics;
  let mirror: Mirror;
  let offered: ApplyItem[];
  let stopping: AbortController;
  let running: Promise<void>;
  let deliversAtOnce: boolean;
  let waiting: Set<string>;

  beforeEach(() => {
    clock = new ManualClock(START);
    teleport = new FakeTeleport();
    app = new FakeJiraApp();
    log = new RecordingLog();
    metrics = new RecordingMetrics();
    offered = [];
    stopping = new AbortController();
    deliversAtOnce = true;
    waiting = new Set();
    mirror = new Mirror({
      teleport,
      open: () => app.open(),
      offer: (item) => {
        offered.push(item);
        if (!deliversAtOnce) return;
        void app.apply('test.cluster', [item]).then((answer) => {
          if (answer.ok) mirror.noteDelivered(item, answer.value[0]!);
        });
      },
      isWaiting: (id) => waiting.has(id),
      webUrl: undefined,
      clock,
      log,
      metrics,
      timing: {
        listEvery: 600_000,
        streamSilentAfter: 1_800_000,
        streamInitWithin: 30_000,
        expiryGrace: 60_000,
        retryFirst: 1000,
        retryAtMost: 45_000,
      },
    });
  });

  afterEach(async () => {
    stopping.abort();
    await running;
  });

  const states = (): string[] => offered.map(({ snapshot }) => snapshot?.state ?? 'gone');

  async function start(isPaired = true): Promise<void> {
    if (isPaired) mirror.allow(PAIRED);
    running = mirror.run(stopping.signal);
    await settle();
  }

  it('lists after the stream confirmed, and follows it from then on', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    await start();
    expect(teleport.calls.slice(0, 3)).toEqual(['ping', 'watch', 'list']);
    expect(mirror.phase).toEqual({ phase: 'following' });
    teleport.put(accessRequest({ id: 'two' }));
    await settle();
    expect(offered.map((item) => item.requestId)).toEqual(['one', 'two']);
    expect(offered[0]!.snapshot!.teleportUrl).toBe('https://teleport.test/web/requests/one');
  });

  it('lists nothing before the stream confirmed', async () => {
    teleport.confirmsWatch = false;
    await start();
    await clock.advance(20_000);
    expect(teleport.calls).not.toContain('list');
    teleport.send({ type: 'init' });
    await settle();
    expect(mirror.phase).toEqual({ phase: 'following' });
    expect(mirror.streamRestarts).toBe(0);
  });

  it('opens a new stream when one does not confirm in time', async () => {
    teleport.confirmsWatch = false;
    await start();
    await clock.advance(31_500);
    expect(mirror.streamRestarts).toBe(1);
    expect(teleport.calls.filter((call) => call === 'watch')).toHaveLength(2);
    expect(teleport.streamCount).toBe(1);
  });

  it('opens a new stream when one has been silent for long', async () => {
    await start();
    await clock.advance(1_840_000);
    expect(mirror.streamRestarts).toBe(1);
    expect(mirror.phase).toEqual({ phase: 'following' });
  });

  it('tells the app only what differs from what it holds', async () => {
    const same = accessRequest({ id: 'same' });
    const changed = accessRequest({ id: 'changed' });
    app.links.set('same', {
      requestId: 'same',
      syncDigest: mirror.snapshotOf(same).syncDigest,
      state: 'PENDING',
      phase: 'linked',
    });
    app.links.set('changed', {
      requestId: 'changed',
      syncDigest: mirror.snapshotOf(changed).syncDigest,
      state: 'PENDING',
      phase: 'linked',
    });
    for (const request of [same, { ...changed, state: 'DENIED' as const }, accessRequest({ id: 'new' })]) {
      teleport.requests.set(request.id, request);
    }
    // The page address depends on what the ping says, which the digests above did not know yet.
    teleport.facts = { ...teleport.facts, reviews: false };
    await start();
    expect(offered.map((item) => item.requestId).sort()).toEqual(['changed', 'new']);
  });

  it('tells nothing of a list that began before the app took requests', async () => {
    for (const id of ['one', 'two', 'three']) {
      const request = accessRequest({ id });
      teleport.requests.set(id, request);
      const { syncDigest } = mirror.snapshotOf(request);
      app.links.set(id, { requestId: id, syncDigest, state: 'PENDING', phase: 'linked' });
    }
    teleport.facts = { ...teleport.facts, reviews: false };
    const whole = teleport.list.bind(teleport);
    teleport.list = async function* () {
      for await (const request of whole()) {
        mirror.allow(PAIRED);
        yield request;
      }
    };
    await start(false);
    expect(teleport.calls.filter((call) => call === 'list')).toHaveLength(2);
    expect(offered).toEqual([]);
    teleport.put(accessRequest({ id: 'two', state: 'DENIED' }));
    await settle();
    expect(states()).toEqual(['DENIED']);
  });

  it('tells again what the app holds only in part', async () => {
    const request = accessRequest({ id: 'one' });
    teleport.facts = { ...teleport.facts, reviews: false };
    teleport.requests.set('one', request);
    app.links.set('one', { requestId: 'one', syncDigest: '', state: 'PENDING', phase: 'creating' });
    await start();
    expect(states()).toEqual(['PENDING']);
  });

  it('tells again what the app lost', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    await start();
    app.links.clear();
    await clock.advance(600_000);
    expect(offered.map((item) => item.requestId)).toEqual(['one', 'one']);
  });

  it('does not repeat itself when Teleport does', async () => {
    await start();
    for (let times = 0; times < 3; times += 1) {
      teleport.put(accessRequest({ id: 'one' }));
      await settle();
    }
    expect(offered).toHaveLength(1);
  });

  it('reads by id what vanished before it calls it gone', async () => {
    app.links.set('kept', { requestId: 'kept', syncDigest: 'x', state: 'PENDING', phase: 'linked' });
    app.links.set('gone', { requestId: 'gone', syncDigest: 'x', state: 'PENDING', phase: 'linked' });
    teleport.requests.set('kept', accessRequest({ id: 'kept' }));
    teleport.listed = [];
    await start();
    expect(teleport.calls.filter((call) => call === 'read')).toHaveLength(2);
    expect(offered.map(({ requestId, gone }) => [requestId, gone !== undefined])).toEqual([
      ['kept', false],
      ['gone', true],
    ]);
  });

  it('tells a removal once, and only of requests that it knows', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    await start();
    teleport.delete('one');
    teleport.send({ type: 'delete', id: 'one' });
    teleport.send({ type: 'delete', id: 'never-seen' });
    await settle();
    expect(states()).toEqual(['PENDING', 'gone']);
  });

  it('tells a removal again that the app did not keep, but not while it still waits to be told', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    await start();
    const link = app.links.get('one')!;
    teleport.delete('one');
    await settle();
    expect(states()).toEqual(['PENDING', 'gone']);
    // Another relay, which knew less, had the last word.
    app.links.set('one', { ...link, state: 'PENDING' });
    waiting.add('one');
    await clock.advance(600_000);
    expect(states()).toEqual(['PENDING', 'gone']);
    waiting.delete('one');
    await clock.advance(600_000);
    expect(states()).toEqual(['PENDING', 'gone', 'gone']);
  });

  it('reads again what waits to be told and vanished without a word', async () => {
    deliversAtOnce = false;
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    await start();
    waiting.add('one');
    teleport.requests.delete('one');
    await clock.advance(600_000);
    expect(states()).toEqual(['PENDING', 'gone']);
  });

  it('does not believe a list that is older than the stream', async () => {
    await start();
    const approved = accessRequest({ id: 'one', state: 'APPROVED' });
    teleport.put(approved);
    await settle();
    teleport.listed = [{ ...approved, state: 'PENDING' }];
    await clock.advance(600_000);
    expect(states()).toEqual(['APPROVED']);
    expect(mirror.goneBack.size).toBe(0);
  });

  it('does not follow a Teleport that went back, and says so', async () => {
    await start();
    teleport.put(accessRequest({ id: 'one', state: 'DENIED' }));
    await settle();
    teleport.put(accessRequest({ id: 'one', state: 'PENDING' }));
    await settle();
    expect(states()).toEqual(['DENIED']);
    expect([...mirror.goneBack]).toEqual(['one']);
  });

  it('calls a pending request expired a minute after its end, when a read by id still says pending', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one', requestExpiresAt: new Date(START + 120_000) }));
    await start();
    await clock.advance(179_000);
    expect(states()).toEqual(['PENDING']);
    await clock.advance(1000);
    expect(states()).toEqual(['PENDING', 'EXPIRED']);
    expect(offered[1]!.snapshot!.deletedAt).toBeUndefined();
    await clock.advance(1_200_000);
    expect(states()).toEqual(['PENDING', 'EXPIRED']);
  });

  it('tells the end of a request again that the app did not keep, and no more often than that', async () => {
    const ends = new Date(START + 120_000);
    teleport.requests.set('one', accessRequest({ id: 'one', requestExpiresAt: ends }));
    await start();
    const link = app.links.get('one')!;
    await clock.advance(200_000);
    expect(states()).toEqual(['PENDING', 'EXPIRED']);
    await clock.advance(600_000);
    expect(states()).toEqual(['PENDING', 'EXPIRED']);
    // Another relay, which knew less, had the last word.
    app.links.set('one', link);
    await clock.advance(600_000);
    expect(states()).toEqual(['PENDING', 'EXPIRED', 'EXPIRED']);
  });

  it('does not call a request expired that was decided at the last moment', async () => {
    const request = accessRequest({ id: 'one', requestExpiresAt: new Date(START + 120_000) });
    teleport.requests.set('one', request);
    await start();
    teleport.requests.set('one', { ...request, state: 'APPROVED' });
    await clock.advance(180_000);
    expect(states()).toEqual(['PENDING', 'APPROVED']);
  });

  it('looks again whether a request expired when Teleport could not be asked', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one', requestExpiresAt: new Date(START + 60_000) }));
    await start();
    teleport.failures.set('read', new TeleportError('unavailable', 'down'));
    await clock.advance(121_000);
    teleport.failures.clear();
    await clock.advance(45_000);
    expect(states()).toEqual(['PENDING', 'EXPIRED']);
  });

  it('catches up with what happened while the stream was down', async () => {
    teleport.requests.set('missed-deny', accessRequest({ id: 'missed-deny' }));
    teleport.requests.set('missed-removal', accessRequest({ id: 'missed-removal' }));
    await start();
    teleport.failures.set('watch', new TeleportError('unavailable', 'down'));
    teleport.endStreams(new TeleportError('unavailable', 'connection dropped'));
    await settle();
    teleport.requests.set('missed-create', accessRequest({ id: 'missed-create' }));
    teleport.requests.set('missed-deny', accessRequest({ id: 'missed-deny', state: 'DENIED' }));
    teleport.requests.delete('missed-removal');
    offered.length = 0;
    await clock.advance(10_000);
    expect(mirror.phase).toEqual({ phase: 'waiting', problem: 'down' });
    teleport.failures.clear();
    await clock.advance(10_000);
    expect(offered.map(({ requestId, snapshot }) => [requestId, snapshot?.state ?? 'gone']).sort()).toEqual([
      ['missed-create', 'PENDING'],
      ['missed-deny', 'DENIED'],
      ['missed-removal', 'gone'],
    ]);
  });

  it('hurries no server that refuses, and says the same trouble once', async () => {
    teleport.failures.set('ping', new TeleportError('unavailable', 'refused'));
    await start();
    await clock.advance(59_999);
    expect(teleport.calls.length).toBeLessThanOrEqual(10);
    expect(log.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
  });

  it('waits long after a refusal for lack of rights', async () => {
    teleport.failures.set('watch', new TeleportError('permission_denied', 'the role lacks read'));
    await start();
    await clock.advance(44_000);
    expect(teleport.calls.filter((call) => call === 'watch')).toHaveLength(1);
  });

  it('does nothing with a cluster other than that of the identity', async () => {
    teleport.facts = { ...teleport.facts, name: 'another.cluster' };
    await start();
    expect(teleport.calls).toEqual(['ping']);
    expect(mirror.phase).toEqual({
      phase: 'waiting',
      problem: 'the identity belongs to the cluster test.cluster, but this is another.cluster',
    });
  });

  it('reads Teleport but tells nothing before the app takes requests, then compares at once', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    await start(false);
    expect(mirror.phase).toEqual({ phase: 'following' });
    expect(offered).toEqual([]);
    mirror.allow(PAIRED);
    await settle();
    expect(states()).toEqual(['PENDING']);
  });

  it('leaves out what was resolved before the pairing and counts it, but not what waits or is linked', async () => {
    const before = new Date(PAIRED - 60_000);
    teleport.facts = { ...teleport.facts, reviews: false };
    for (const request of [
      accessRequest({ id: 'old-approved', state: 'APPROVED', createdAt: before }),
      accessRequest({ id: 'old-pending', createdAt: before }),
      accessRequest({ id: 'old-linked', state: 'APPROVED', createdAt: before }),
      accessRequest({ id: 'new-approved', state: 'APPROVED' }),
    ]) {
      teleport.requests.set(request.id, request);
    }
    app.links.set('old-linked', {
      requestId: 'old-linked',
      syncDigest: 'x',
      state: 'PENDING',
      phase: 'linked',
    });
    await start();
    expect(offered.map((item) => item.requestId).sort()).toEqual([
      'new-approved',
      'old-linked',
      'old-pending',
    ]);
    expect(mirror.olderRequests).toBe(1);
  });

  it('keeps the stream while the app cannot be asked, and compares when it can', async () => {
    teleport.requests.set('one', accessRequest({ id: 'one' }));
    app.onOpen = () => ({ ok: false, kind: 'unreachable', text: 'down' });
    await start();
    expect(mirror.phase).toEqual({ phase: 'comparing' });
    teleport.put(accessRequest({ id: 'two' }));
    await settle();
    expect(offered.map((item) => item.requestId)).toEqual(['two']);
    app.onOpen = undefined;
    await clock.advance(5000);
    expect(offered.map((item) => item.requestId)).toEqual(['two', 'one']);
    expect(mirror.streamRestarts).toBe(0);
  });

  it('opens a new stream when the list fails', async () => {
    teleport.failures.set('list', new TeleportError('unavailable', 'down'));
    await start();
    expect(mirror.phase).toEqual({ phase: 'waiting', problem: 'down' });
    teleport.failures.clear();
    await clock.advance(5000);
    expect(mirror.phase).toEqual({ phase: 'following' });
  });

  it('forgets requests that neither side holds any more', async () => {
    deliversAtOnce = false;
    await start();
    teleport.put(accessRequest({ id: 'one' }));
    await settle();
    teleport.requests.delete('one');
    await clock.advance(600_000);
    teleport.put(accessRequest({ id: 'one' }));
    await settle();
    // Remembered, it would have been no news.
    expect(offered).toHaveLength(2);
  });
});
