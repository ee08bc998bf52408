import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * `npm test`: the static checks, the builds and all tests. Everything runs two or three at a time, but for what only waits, which
 * runs beside the first of them, and for what measures times or memory: that runs alone and one after the other, so that it measures
 * the product and not its neighbours.
 * Leaves the totals in build/test-results.json.
 */

const root = join(__dirname, '..');
const SIDE_BY_SIDE = 2;
/** Tests on sockets wait for more than a third of their time, so that two cores are busy with three of them. */
const SYSTEM_WORKERS = 3;

interface Step {
  name: string;
  program: string;
  args: string[];
  /** Where Jest leaves its counts; a step without counts is one test. */
  countsFile?: string;
}

interface Result {
  name: string;
  passed: number;
  failed: number;
  seconds: number;
}

const script = (name: string): Step => ({ name, program: 'npm', args: ['run', '--silent', name] });

function jest(project: string, workers: number): Step {
  const countsFile = join(root, 'build', `jest-${project}.json`);
  return {
    name: `${project} tests`,
    program: process.execPath,
    args: [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--selectProjects', project, `--maxWorkers=${workers}`, '--json', `--outputFile=${countsFile}`],
    ],
    countsFile,
  };
}

/** Runs a step to its end. What it prints is shown as it comes, or else whole at the end, so that steps side by side stay apart. */
function run({ program, args }: Step, showAtOnce: boolean): Promise<{ succeeded: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', showAtOnce ? 'inherit' : 'pipe', showAtOnce ? 'inherit' : 'pipe'],
      shell: program === 'npm' && process.platform === 'win32',
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
      });
    child.on('error', (cause) => {
      resolve({ succeeded: false, output: `${cause.message}\n` });
    });
    child.on('close', (code) => {
      resolve({ succeeded: code === 0, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

interface JestCounts {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
}

/** Counts what a step tested. A test that was skipped has not passed, nor has a file that could not be run. */
function count(step: Step, succeeded: boolean): { passed: number; failed: number } {
  if (step.countsFile === undefined) return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  try {
    const counts = JSON.parse(readFileSync(step.countsFile, 'utf8')) as JestCounts;
    const failed =
      counts.numFailedTests + counts.numPendingTests + counts.numTodoTests + counts.numRuntimeErrorTestSuites;
    return { passed: counts.numPassedTests, failed: Math.max(failed, succeeded ? 0 : 1) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const secondsSince = (begun: number): number => Math.round((performance.now() - begun) / 100) / 10;
const heading = (text: string): void => {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(3, 76 - text.length))}`);
};

async function test(step: Step, showAtOnce: boolean): Promise<Result> {
  const begun = performance.now();
  if (showAtOnce) heading(step.name);
  const { succeeded, output } = await run(step, showAtOnce);
  const result = { name: step.name, ...count(step, succeeded), seconds: secondsSince(begun) };
  if (!showAtOnce) heading(`${step.name}: ${result.failed === 0 ? 'passed' : 'FAILED'}, ${result.seconds} s`);
  process.stdout.write(output);
  return result;
}

/** Runs steps from the front of a queue, `SIDE_BY_SIDE` at a time. */
async function testSideBySide(steps: Step[]): Promise<Result[]> {
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let step = steps.shift(); step; step = steps.shift()) results.push(await test(step, false));
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return results;
}

async function main(): Promise<void> {
  const begun = performance.now();
  const totalsFile = join(root, 'build', 'test-results.json');
  const unit = jest('unit', 1);
  const system = jest('system', SYSTEM_WORKERS);
  const measuring = jest('measuring', 1);
  const waiting = jest('waiting', SIDE_BY_SIDE);
  const model = jest('model', 1);
  mkdirSync(join(root, 'build'), { recursive: true });
  for (const file of [
    totalsFile,
    ...[unit, waiting, model, system, measuring].map(({ countsFile }) => countsFile),
  ])
    if (file) rmSync(file, { force: true });

  // The build measures how long the functions take to load, so it has the machine to itself.
  const built = await test(script('build'), true);
  // What only waits takes no core from the others.
  const [busy, waited] = await Promise.all([
    testSideBySide([
      model,
      script('lint'),
      unit,
      script('typecheck'),
      script('format:check'),
      script('knip'),
    ]),
    test(waiting, false),
  ]);
  const results = [built, ...busy, waited];
  results.push(await test(system, true));
  results.push(await test(measuring, true));

  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const seconds = secondsSince(begun);
  writeFileSync(totalsFile, `${JSON.stringify({ passed, failed, seconds, steps: results }, null, 2)}\n`);

  heading('all');
  for (const { name, ...result } of results)
    console.log(
      `${result.failed === 0 ? 'passed' : 'FAILED'}  ${name.padEnd(16)} ${String(result.passed).padStart(5)} passed  ` +
        `${String(result.failed).padStart(4)} failed  ${result.seconds.toFixed(1).padStart(6)} s`,
    );
  console.log(`\n${passed} passed and ${failed} failed in ${seconds} s`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
