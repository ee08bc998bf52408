import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** What the bundle of the app's functions may be at most, unminified: larger or slower ones cost each cold start. */
const MAX_BYTES = 1_200_000;
const MAX_LOAD_MS = 150;
const LOADS = 5;

/** Loads a bundle with the two globals that the Forge packages need at import; prints milliseconds. */
const LOAD = `
  globalThis.__forge_runtime__ = {};
  globalThis.__forge_fetch__ = () => Promise.reject(new Error('No platform here'));
  const begun = performance.now();
  require(process.argv[1]);
  process.stdout.write(String(performance.now() - begun));
`;

/** The best of a few loads, each in its own process, in milliseconds: what else the machine does is not the bundle's fault. */
function measureLoad(file: string): number {
  const times = Array.from({ length: LOADS }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', LOAD, file], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`);
    return Number(stdout);
  });
  return Math.min(...times);
}

/**
 * Prints the size of a bundle of the app's functions and how long it takes to load.
 * @throws Error when either is more than the app allows itself.
 */
export function checkFunctionBundle(file: string): void {
  const bytes = statSync(file).size;
  const loadMs = Math.round(measureLoad(file));
  console.log(`${file}: ${bytes} of ${MAX_BYTES} bytes, loads in ${loadMs} of ${MAX_LOAD_MS} ms`);
  if (bytes > MAX_BYTES || loadMs > MAX_LOAD_MS)
    throw new Error('The bundle of the functions is over its bounds.');
}
