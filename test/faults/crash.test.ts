import { until, type World } from '../support/world';
import {
  callToApp,
  callToTeleport,
  effectOf,
  LENDING_HELLO,
  Tracer,
  type CrashPoint,
  type Phase,
} from './crash-points';
import { startHurried } from './hurried-world';
import { endStateOf, showsState } from './end-state';
import { decidedByCard, putBack, requestByReason, reviewed, type Life } from './lives';

/** Leases, searches and loans of minutes pass in seconds. */
const RATE = 60;
const MOST_RECORDINGS = 12;
const PHASES: readonly Phase[] = ['before', 'after'];

let world: World;
let lives = 0;

beforeAll(async () => {
  world = await startHurried(RATE);
}, 60_000);
afterAll(() => world.stop());
afterEach(() => {
  const { forge, teleport } = world.sandbox;
  forge.faults.onPlatformCall = undefined;
  forge.faults.onWebTriggerCall = undefined;
  teleport.faults.onCall = undefined;
});

const nextReason = (): string => `life ${(lives += 1)}-${Math.random().toString(36).slice(2, 10)}`;

/** Lives a life while the tracer looks at the app's effects, and kills the function where the tracer says so. */
async function liveWithAborts(life: Life, tracer: Tracer, reason: string): Promise<unknown> {
  world.sandbox.forge.faults.onPlatformCall = (call, phase) => {
    const label = effectOf(call);
    if (label === undefined || !tracer.isAbout(`${call.path} ${call.body}`)) return 'continue';
    return tracer.pass(label, phase) ? 'abort' : 'continue';
  };
  return endStateOf(world, await life.live(world, reason));
}

/** Lives a life while the tracer looks at the relay's calls, and kills the relay where the tracer says so. */
async function liveWithKills(life: Life, tracer: Tracer, reason: string): Promise<unknown> {
  const { forge, relay, teleport } = world.sandbox;
  let restarted: Promise<void> = Promise.resolve();
  const strike = (): void => {
    const ended = relay.stop('SIGKILL');
    restarted = ended.then(() => {
      relay.start();
      return relay.untilReady();
    });
  };
  forge.faults.onWebTriggerCall = (call, phase) => {
    const label = callToApp(tracer, call, phase);
    if (label === undefined || !tracer.pass(label, phase)) return 'continue';
    strike();
    return 'lose';
  };
  teleport.faults.onCall = (call, phase) => {
    const label = callToTeleport(tracer, call);
    if (label === undefined || !tracer.pass(label, phase)) return 'continue';
    strike();
    return 'hold';
  };
  const requestId = await life.live(world, reason);
  await restarted;
  await world.quiet();
  return endStateOf(world, requestId);
}

type Way = typeof liveWithAborts;

/** Adds to an error what it takes to understand it. */
async function explained<T>(place: string, reason: string, living: Promise<T>): Promise<T> {
  try {
    return await living;
  } catch (error) {
    const state = JSON.stringify(endStateOf(world, requestByReason(world, reason) ?? ''), null, 1);
    throw new Error(`${place}: ${String(error)}\n${state}\n${world.sandbox.relay.tail()}`, { cause: error });
  }
}

/** Lives the life undisturbed, until it went the same way twice: on a busy machine a call may seem to time out by itself. */
async function record(life: Life, way: Way): Promise<{ end: unknown; points: CrashPoint[] }> {
  let before: string | undefined;
  for (let tries = 0; tries < MOST_RECORDINGS; tries += 1) {
    const reason = nextReason();
    const tracer = new Tracer(world, reason);
    const end = await explained('undisturbed', reason, way(life, tracer, reason));
    const trail = JSON.stringify(tracer.seen);
    if (trail === before) return { end, points: tracer.seen };
    before = trail;
  }
  throw new Error(`No two lives went the same way, the last one ${before ?? ''}.`);
}

/** Lives the life once for each point and each side of it, and compares how it ends. @returns how many times. */
async function breakAtEach(
  life: Life,
  way: Way,
  points: readonly CrashPoint[],
  expected: unknown,
): Promise<number> {
  let runs = 0;
  for (const point of points) {
    for (const phase of point.label === LENDING_HELLO ? (['after'] as const) : PHASES) {
      const reason = nextReason();
      const tracer = new Tracer(world, reason, { point, phase });
      const place = `broken off ${phase} ${point.label} (${point.occurrence})`;
      const end = await explained(place, reason, way(life, tracer, reason));
      expect({ place, hasStruck: tracer.hasStruck, end }).toEqual({ place, hasStruck: true, end: expected });
      runs += 1;
    }
  }
  return runs;
}

const labelsOf = (points: readonly CrashPoint[]): string[] => [...new Set(points.map(({ label }) => label))];

/** Points that are part of this life alone, once the beginning that all lives share was tried. */
const without = (points: readonly CrashPoint[], tried: readonly CrashPoint[]): CrashPoint[] =>
  points.filter(
    (point) => !tried.some((known) => known.label === point.label && known.occurrence === point.occurrence),
  );

describe('an invocation that dies before or after any of its effects', () => {
  let beginning: CrashPoint[] = [];

  it('leaves a request that is approved by a review as if nothing had happened', async () => {
    const { end, points } = await record(reviewed, liveWithAborts);
    beginning = points;
    expect(labelsOf(points)).toEqual(
      expect.arrayContaining([
        'on-relay-inbox: store set link',
        'on-relay-inbox: Jira POST issue',
        'on-relay-inbox: store transaction link + request + issue',
        'on-relay-inbox: Jira PUT issue/#?returnIssue=true',
        'on-relay-inbox: Jira POST issue/#/transitions',
      ]),
    );
    // The review and the end are said by one call.
    expect(points.filter(({ label }) => label.includes('PUT issue/#'))).toHaveLength(1);
    expect(end).toMatchObject({
      teleport: { state: 'APPROVED', reviews: 1, statesSet: [] },
      issues: [
        {
          slot: 'approved',
          state: 'APPROVED',
          comments: [expect.stringContaining('bob approves'), expect.stringContaining('Approved')],
        },
      ],
      link: { phase: 'linked', isInStep: true, isOfTheIssue: true, isFoundByIssue: true },
    });
    expect(await breakAtEach(reviewed, liveWithAborts, points, end)).toBe(points.length * 2);
  }, 120_000);

  it('leaves a request that is decided by its card as if nothing had happened', async () => {
    const { end, points } = await record(decidedByCard, liveWithAborts);
    expect(labelsOf(points)).toEqual(
      expect.arrayContaining([
        'on-issue-changed: queue push',
        'on-board-change: store set decision',
        'on-relay-inbox: store set decision',
        'on-relay-inbox: store delete decision',
        'on-relay-inbox: store set activity',
      ]),
    );
    expect(end).toMatchObject({
      teleport: { state: 'APPROVED', statesSet: [{ state: 'APPROVED' }] },
      issues: [{ slot: 'approved', state: 'APPROVED' }],
      liveDecision: undefined,
      putBacks: [[]],
      activity: [{ kind: 'decision', code: 'applied' }],
    });
    const own = without(points, beginning);
    expect(own.length).toBeGreaterThanOrEqual(5);
    expect(await breakAtEach(decidedByCard, liveWithAborts, own, end)).toBe(own.length * 2);
  }, 120_000);

  it('leaves a card that is put back as if nothing had happened', async () => {
    const { end, points } = await record(putBack, liveWithAborts);
    expect(labelsOf(points)).toEqual(
      expect.arrayContaining([
        'on-issue-changed: queue push',
        'on-board-change: Jira POST issue/#/comment',
        'on-board-change: store set put-backs',
        'on-board-change: Jira POST issue/#/transitions',
      ]),
    );
    expect(end).toMatchObject({
      teleport: { state: 'PENDING', statesSet: [] },
      issues: [{ slot: 'pending', comments: [expect.stringContaining('Put back')] }],
      activity: [{ kind: 'put_back' }],
    });
    const own = without(points, beginning);
    expect(own.length).toBeGreaterThanOrEqual(4);
    expect(await breakAtEach(putBack, liveWithAborts, own, end)).toBe(own.length * 2);
  }, 120_000);
});

describe('a relay that is killed before or after any of its calls', () => {
  it('finishes after its restart what a card decided', async () => {
    const { end, points } = await record(decidedByCard, liveWithKills);
    expect(labelsOf(points)).toEqual(
      expect.arrayContaining([
        'app: apply',
        LENDING_HELLO,
        'Teleport: ListAccessRequests',
        'Teleport: SetAccessRequestState',
      ]),
    );
    expect(end).toMatchObject({ teleport: { state: 'APPROVED', statesSet: [{ state: 'APPROVED' }] } });
    await breakAtEach(decidedByCard, liveWithKills, points, end);
  }, 120_000);

  it('tells after its restart what was decided in Teleport meanwhile', async () => {
    const { relay, teleport } = world.sandbox;
    const requestId = await world.ask({ reason: nextReason() });
    const issue = await world.issueOf(requestId);
    await relay.stop('SIGKILL');
    const reviewer = await teleport.connectAs('carol');
    await reviewer.review(requestId, 'deny', 'not today');
    const asked = await world.ask({ reason: nextReason() });
    relay.start();
    await relay.untilReady();
    await world.untilSlot(issue, 'denied');
    const second = await world.issueOf(asked);
    await until('the second issue in pending', () => world.slotOf(second) === 'pending');
    await world.quiet();
    expect(world.issuesOf(requestId)).toHaveLength(1);
    expect(world.appComments(issue)).toHaveLength(2);
  });
});

describe('two invocations that look at the same card at the same time', () => {
  it('put it back once, and neither finds that there is no way back', async () => {
    const { forge, jira } = world.sandbox;
    const requestId = await world.ask({ reason: nextReason() });
    const issue = await world.issueOf(requestId);
    await until('the issue in step', () => showsState(world, requestId, 'PENDING'));
    // The first that asks how the card may move is answered only when the other has moved it.
    let isHeldBack = false;
    jira.faults.next = ({ kind, method, route }) => {
      if (isHeldBack || kind !== 'app' || method !== 'GET' || !route?.endsWith('/transitions'))
        return undefined;
      isHeldBack = true;
      return { kind: 'slow', ms: 90 };
    };
    await world.move(issue, 'approved', 'alice');
    await until('the first held back', () => isHeldBack);
    await forge.runScheduledTrigger('sweep-moves');
    await world.untilSlot(issue, 'pending');
    await forge.idle();
    jira.faults.next = undefined;
    expect(world.appComments(issue)).toEqual([
      expect.stringMatching(/^Put back: .* approvers\. Those who may decide: /),
    ]);
    expect(endStateOf(world, requestId)).toMatchObject({
      putBacks: [[{ code: 'not_approver', left: false }]],
      activity: [{ kind: 'put_back' }],
    });
  });
});
