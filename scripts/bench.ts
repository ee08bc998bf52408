import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import {
  measureCosts,
  measureCrowd,
  measureFootprint,
  measureLatencies,
  measureRealisticBurst,
  type Amounts,
  type Crowd,
  type Footprint,
} from './bench/parts';
import { PRESET_IN_WORDS } from './bench/presets';
import { burstFigures, memoryFigures, renderResults, restartFigures, type Results } from './bench/table';

/*
 * `npm run bench`: measures speed, memory and cost in the sandbox, with the unmodified app and relay. Nothing else should run on the
 * machine meanwhile. It takes about a quarter of an hour.
 *
 *   --json FILE   writes all figures as one JSON object
 *   --only PART   one part: latency, crowds, burst, footprint or costs
 *   --quick       a tenth of everything, to see whether it runs; such figures mean little
 */

const WHOLE: Amounts = {
  samples: { zero: 100, realistic: 20 },
  collected: 40,
  crowds: [100, 1_000, 10_000],
  changed: 500,
  burst: 1_000,
  starts: 9,
};
const QUICK: Amounts = {
  samples: { zero: 20, realistic: 4 },
  collected: 4,
  crowds: [10, 100, 1_000],
  changed: 50,
  burst: 100,
  starts: 3,
};
const PARTS = ['latency', 'crowds', 'burst', 'footprint', 'costs'];

async function measure(amounts: Amounts, only: string | undefined): Promise<Results> {
  const isWanted = (part: string) => only === undefined || only === part;
  const begunAt = performance.now();
  const tell = (text: string) => {
    console.error(`${((performance.now() - begunAt) / 1000).toFixed(0).padStart(5)} s  ${text}`);
  };
  const [cpu] = cpus();
  const machine = {
    processors: cpus().length,
    of: cpu?.model ?? 'unknown',
    'memory GB': Math.round(totalmem() / 1e9),
    node: process.version,
  };
  const results: Results = { machine, presets: PRESET_IN_WORDS };
  let footprint: Footprint | undefined;
  let afterBurst: number | undefined;
  const crowds: Crowd[] = [];
  const bursts: NonNullable<Results['burst']> = {};
  if (isWanted('footprint')) footprint = await measureFootprint(amounts, tell);
  if (isWanted('latency')) {
    const zero = await measureLatencies(amounts, 'zero', tell);
    results.latency_ms = { zero, realistic: await measureLatencies(amounts, 'realistic', tell) };
  }
  if (isWanted('burst')) {
    const { burst, relayMb } = await measureRealisticBurst(amounts, tell);
    bursts['realistic'] = burstFigures(burst);
    afterBurst = relayMb;
  }
  if (isWanted('crowds')) {
    const largest = Math.max(...amounts.crowds);
    for (const open of amounts.crowds)
      crowds.push(await measureCrowd(open, Math.round((amounts.changed * open) / largest), amounts, tell));
    for (const { burst } of crowds) bursts[`zero, ${burst.requests}`] = burstFigures(burst);
    results.growth = crowds;
    results.restart = crowds.flatMap(({ restarts }) =>
      restarts.map((restart) => ({ preset: restart.preset, ...restartFigures(restart) })),
    );
  }
  if (isWanted('costs')) Object.assign(results, await measureCosts(tell));
  if (Object.keys(bursts).length > 0) results.burst = bursts;
  if (footprint !== undefined) {
    results.startup_s = footprint.startup_s;
    results.bundle_kb = footprint.bundle_kb;
  }
  const memory = memoryFigures(footprint, crowds, afterBurst);
  if (Object.keys(memory).length > 0) results.memory_mb = memory;
  return results;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'string' }, only: { type: 'string' }, quick: { type: 'boolean' } },
  });
  if (values.only !== undefined && !PARTS.includes(values.only))
    throw new Error(`--only takes one of ${PARTS.join(', ')}.`);
  const results = await measure(values.quick === true ? QUICK : WHOLE, values.only);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
  console.log(renderResults(results));
}

main().catch((cause: unknown) => {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
});
