import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * `npm run test:faults`: the runs in which everything breaks, as many and as long as wanted. Every run is decided by its seed.
 *
 *   --runs N   so many runs over breaking sockets, and as many more of the rest as `npm test` has (default 40, as there)
 *   --seed S   the seed of the first run; the ones after it count on (default 1)
 *   --only P   one part: model, sockets, fuzz or company
 *   --full     what is run before a release: see FULL
 */

interface Amounts {
  model: number;
  sockets: number;
  fuzz: number;
  days: number;
}

const FULL: Amounts = { model: 20_000, sockets: 400, fuzz: 100_000, days: 30 };
/** In `npm test`: 40 runs over sockets beside 500 of the model, 10,000 calls at each door, and a week. */
const PER_SOCKET_RUN = { model: 500 / 40, fuzz: 10_000 / 40 };
const DEFAULT_RUNS = '40';
const DEFAULT_SEED = '1';

interface Part {
  name: string;
  /** Which files of tests. */
  path: string;
  environment: (amounts: Amounts, seed: number) => Record<string, number>;
}

const PARTS: readonly Part[] = [
  {
    name: 'model',
    path: 'test/model/convergence',
    environment: ({ model }, seed) => ({ MODEL_RUNS: model, MODEL_SEED: seed }),
  },
  {
    name: 'sockets',
    path: 'test/faults/socket-runs',
    environment: ({ sockets }, seed) => ({ SOCKET_RUNS: sockets, SOCKET_SEED: seed }),
  },
  {
    name: 'fuzz',
    path: 'test/attacks/fuzz-',
    environment: ({ fuzz }, seed) => ({ FUZZ_CALLS: fuzz, FUZZ_SEED: seed }),
  },
  {
    name: 'company',
    path: 'test/model/busy-company',
    environment: ({ days }, seed) => ({ COMPANY_DAYS: days, COMPANY_SEED: seed }),
  },
];

/** A whole number of at least 1 out of an argument; ends the program when it is none. */
function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`--${name} takes a whole number from 1 on, not “${text}”.`);
  process.exit(2);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: DEFAULT_RUNS },
      seed: { type: 'string', default: DEFAULT_SEED },
      only: { type: 'string' },
      full: { type: 'boolean', default: false },
    },
  });
  const runs = count('runs', values.runs);
  const seed = count('seed', values.seed);
  const parts = PARTS.filter(({ name }) => values.only === undefined || values.only === name);
  if (parts.length === 0) {
    console.error(`--only takes one of ${PARTS.map(({ name }) => name).join(', ')}.`);
    process.exit(2);
  }
  const amounts: Amounts = values.full
    ? FULL
    : {
        model: Math.ceil(runs * PER_SOCKET_RUN.model),
        sockets: runs,
        fuzz: Math.ceil(runs * PER_SOCKET_RUN.fuzz),
        days: 7,
      };
  const root = join(__dirname, '..');
  const failed = parts.filter(({ name, path, environment }) => {
    const variables = environment(amounts, seed);
    console.log(`\n── ${name}: ${JSON.stringify(variables)}`);
    const begun = performance.now();
    const { status } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/jest/bin/jest.js'), '--runInBand', '--testPathPattern', path],
      {
        cwd: root,
        stdio: 'inherit',
        env: {
          ...process.env,
          ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
        },
      },
    );
    console.log(
      `${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((performance.now() - begun) / 1000)} s`,
    );
    return status !== 0;
  });
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main();
