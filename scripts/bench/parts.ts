import { join } from 'node:path';
import { measureIdleDay, measureLives, type IdleDay } from '../../test/support/cost/days';
import type { Cost } from '../../test/support/cost/measure';
import { World } from '../../test/support/world';
import { checkPage } from '../page-checks';
import { FUNCTIONS_BUNDLE, RELAY_BUNDLE } from '../build-steps';
import { measureBurst, measureRestart, type Burst, type Restart } from './burst';
import { askAtOnce, forgetCreations } from './crowd';
import { kilobytes, residentMb } from './figures';
import { measureLatency, measureWhenCollected } from './latency';
import { apply, PRESETS, type Preset } from './presets';
import { priceOf, type Price } from './prices';
import { percentilesOf, rounded, type Percentiles } from './stopwatch';

/** How much of everything is measured. */
export interface Amounts {
  /** Latencies measured one after the other, by preset. */
  samples: Readonly<Record<Preset, number>>;
  /** Decisions that wait at once for a relay that collects them. */
  collected: number;
  /** Sizes of the crowds of open requests, growing tenfold. */
  crowds: readonly number[];
  /** How many of the largest crowd change while the relay is down. */
  changed: number;
  burst: number;
  starts: number;
}

/** Tells what is being measured. */
export type Progress = (text: string) => void;

/** The relay's own pace (the default of `hello_at_most_every`), in seconds. */
const HELLO_SECONDS = 15;
/** As many new issues an hour as the settings allow, so that crowds are not held back. */
const UNCAPPED = { newIssuesPerHour: 10_000 };
const IDLE_SECONDS = 10;
const STORE_MINUTE_SECONDS = 61;
/** More at once is beyond the store's 4,000 units a minute (Forge, KVS limits), whoever asks. */
const MOST_AT_ONCE = 1_000;

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function withWorld<T>(
  options: Parameters<typeof World.start>[0],
  run: (world: World) => Promise<T>,
): Promise<T> {
  const world = await World.start(options);
  try {
    return await run(world);
  } finally {
    await world.stop();
  }
}

/** One latency: by what brings the decision to the relay where that matters. */
export interface Latencies {
  event_to_issue: Percentiles;
  teleport_decision_to_card: Percentiles;
  button_to_teleport: { push: Percentiles; poll: Percentiles };
  card_to_teleport: { push: Percentiles; poll: Percentiles };
}

/** How long people and the board wait. */
export async function measureLatencies(
  { samples, collected }: Amounts,
  preset: Preset,
  tell: Progress,
): Promise<Latencies> {
  const many = samples[preset];
  const pushed = await withWorld({ push: true, settings: UNCAPPED }, async (world) => {
    apply(world, preset);
    const measure = (name: Parameters<typeof measureLatency>[1]) => {
      tell(`${name}, ${preset}`);
      return measureLatency(world, name, many);
    };
    return {
      event_to_issue: await measure('event_to_issue'),
      teleport_decision_to_card: await measure('teleport_decision_to_card'),
      button: await measure('button_to_teleport'),
      card: await measure('card_to_teleport'),
    };
  });
  const timing = { hello_at_most_every: HELLO_SECONDS };
  return withWorld({ relayConfig: { timing }, settings: UNCAPPED }, async (world) => {
    apply(world, preset);
    tell(`decisions that the relay collects, ${preset}`);
    const everyMs = HELLO_SECONDS * 1000;
    const button = await measureWhenCollected(world, 'button_to_teleport', collected, everyMs);
    const card = await measureWhenCollected(world, 'card_to_teleport', collected, everyMs);
    const { event_to_issue, teleport_decision_to_card } = pushed;
    return {
      event_to_issue,
      teleport_decision_to_card,
      button_to_teleport: { push: pushed.button, poll: button },
      card_to_teleport: { push: pushed.card, poll: card },
    };
  });
}

/** What it takes when a crowd of requests is open. */
export interface Crowd {
  open: number;
  burst: Burst;
  relayMb: number;
  restarts: (Restart & { preset: Preset })[];
  event_to_issue: Percentiles;
  teleport_decision_to_card: Percentiles;
}

/** Makes a crowd by one burst, and measures restarts and latencies with it. */
export function measureCrowd(
  open: number,
  changed: number,
  { samples }: Amounts,
  tell: Progress,
): Promise<Crowd> {
  return withWorld({ settings: UNCAPPED }, async (world) => {
    tell(`${open} requests at once`);
    // What comes together in weeks is filled in within minutes, past what the store takes in so short a time.
    world.sandbox.forge.faults.kvs.unlimited = open > MOST_AT_ONCE;
    const { burst, ids } = await measureBurst(world, open);
    world.sandbox.forge.faults.kvs.unlimited = false;
    const restarts: Crowd['restarts'] = [];
    let unchanged: readonly string[] = ids;
    let relayMb = 0;
    for (const preset of PRESETS) {
      apply(world, preset);
      for (const count of [0, changed]) {
        tell(`restart with ${open} links, ${count} changed, ${preset}`);
        restarts.push({ preset, ...(await measureRestart(world, unchanged, count)), openLinks: open });
        unchanged = unchanged.slice(count);
        if (count === 0 && preset === 'zero') {
          await pause(IDLE_SECONDS);
          relayMb = await residentMb(world);
        }
      }
    }
    apply(world, 'zero');
    await world.quiet();
    forgetCreations(world);
    // What came before has used much of the store's units of this minute.
    await pause(STORE_MINUTE_SECONDS);
    tell(`latencies with ${open} links`);
    return {
      open,
      burst,
      relayMb,
      restarts,
      event_to_issue: await measureLatency(world, 'event_to_issue', samples.zero),
      teleport_decision_to_card: await measureLatency(world, 'teleport_decision_to_card', samples.zero),
    };
  });
}

/** A burst with the latencies of the real ones. */
export function measureRealisticBurst(
  { burst }: Amounts,
  tell: Progress,
): Promise<{ burst: Burst; relayMb: number }> {
  return withWorld({ settings: UNCAPPED }, async (world) => {
    apply(world, 'realistic');
    tell(`${burst} requests at once, realistic`);
    const measured = await measureBurst(world, burst);
    return { burst: measured.burst, relayMb: await residentMb(world) };
  });
}

/** What the relay needs when nothing happens, and until it is ready. */
export interface Footprint {
  idleMb: number;
  startup_s: Percentiles;
  bundle_kb: Record<string, number>;
}

/** Measures memory and start of an idle relay at its own pace, and the sizes of all that is shipped. */
export function measureFootprint({ starts }: Amounts, tell: Progress): Promise<Footprint> {
  const timing = { hello_at_most_every: HELLO_SECONDS };
  return withWorld({ relayConfig: { timing } }, async (world) => {
    const { relay } = world.sandbox;
    tell('the idle relay');
    askAtOnce(world, 1);
    await world.quiet();
    const seconds: number[] = [];
    for (let index = 0; index < starts; index += 1) {
      await relay.stop();
      const begunAt = performance.now();
      relay.start();
      await relay.untilReady();
      seconds.push((performance.now() - begunAt) / 1000);
    }
    await pause(IDLE_SECONDS);
    const { p50, p95, p99 } = percentilesOf(seconds.map((each) => each * 1000));
    const inSeconds = (millis: number) => rounded(millis / 1000, 2);
    return {
      idleMb: await residentMb(world),
      startup_s: { p50: inSeconds(p50), p95: inSeconds(p95), p99: inSeconds(p99) },
      bundle_kb: await sizes(),
    };
  });
}

async function sizes(): Promise<Record<string, number>> {
  const pages = join(__dirname, '../../static');
  const zipped: Record<string, number> = {};
  for (const page of ['admin', 'issue'])
    zipped[`page ${page}, gzip`] = rounded((await checkPage(join(pages, page, 'build'), page)) / 1000);
  return { functions: await kilobytes(FUNCTIONS_BUNDLE), relay: await kilobytes(RELAY_BUNDLE), ...zipped };
}

/** What a request costs, and a day without one by how often the relay asks. */
export interface Costs {
  calls_per_lifecycle: Record<string, CostFigures>;
  idle_day: Record<
    string,
    CostFigures & { hellos: number; perHello: { reads: number; writes: number }; month: Price }
  >;
}

/** A cost in figures. */
export interface CostFigures {
  jiraCalls: number;
  points: number;
  invocations: number;
  gbSeconds: number;
  kvsReadUnits: number;
  kvsWriteUnits: number;
}

/** Measures both by watching. */
export async function measureCosts(tell: Progress): Promise<Costs> {
  tell('what a request costs');
  const lives = await withWorld({ relayConfig: { timing: { hello_at_most_every: 0.2 } } }, measureLives);
  const lifecycle = {
    'decided in Teleport': figuresOf(lives['decided in Teleport']),
    'decided in Jira': figuresOf(lives['decided in Jira']),
  };
  const idle: Costs['idle_day'] = {};
  for (const seconds of [60, HELLO_SECONDS, 5]) {
    tell(`an idle day, a hello every ${seconds} s`);
    idle[`${seconds} s`] = dayOf(await measureIdleDay(seconds), seconds);
  }
  return { calls_per_lifecycle: lifecycle, idle_day: idle };
}

function dayOf(day: IdleDay, helloEverySeconds: number): Costs['idle_day'][string] {
  const { watched, times, daily } = day;
  const once = figuresOf(daily);
  const often = figuresOf(watched);
  const sum = (pick: (figures: CostFigures) => number) => rounded(pick(often) * times + pick(once), 1);
  const hellos = 86_400 / helloEverySeconds;
  return {
    jiraCalls: sum(({ jiraCalls }) => jiraCalls),
    points: sum(({ points }) => points),
    invocations: sum(({ invocations }) => invocations),
    gbSeconds: sum(({ gbSeconds }) => gbSeconds),
    kvsReadUnits: sum(({ kvsReadUnits }) => kvsReadUnits),
    kvsWriteUnits: sum(({ kvsWriteUnits }) => kvsWriteUnits),
    hellos,
    perHello: {
      reads: rounded((watched.kvs.readUnits * times) / hellos, 2),
      writes: rounded((watched.kvs.writeUnits * times) / hellos, 3),
    },
    month: priceOf(day),
  };
}

function figuresOf({ jiraCalls, invocations, kvs, gbSeconds }: Cost): CostFigures {
  return {
    jiraCalls: jiraCalls.length,
    points: jiraCalls.reduce((sum, { points }) => sum + points, 0),
    invocations: Object.values(invocations).reduce((sum, count) => sum + count, 0),
    gbSeconds: rounded(gbSeconds, 3),
    kvsReadUnits: kvs.readUnits,
    kvsWriteUnits: kvs.writeUnits,
  };
}
