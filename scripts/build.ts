import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/*
 * Builds what runs outside this repository: the functions of the Forge app, the relay and the app's pages. The Forge CLI bundles the
 * functions itself when it deploys; ours stands in for it (see tools/forge for the real one) and keeps to the same bounds.
 */

const root = join(__dirname, '..');

/** What the function bundle may be at most, unminified: larger or slower ones cost each cold start. */
const MAX_FUNCTION_BYTES = 1_200_000;
const MAX_FUNCTION_LOAD_MS = 150;
const LOAD_ATTEMPTS = 5;

/** Loads a bundle in a fresh process with the two globals that the Forge packages need at import; prints milliseconds. */
const LOAD_BUNDLE = `
  globalThis.__forge_runtime__ = {};
  globalThis.__forge_fetch__ = () => Promise.reject(new Error('No platform here'));
  const begun = performance.now();
  require(process.argv[1]);
  process.stdout.write(String(performance.now() - begun));
`;

async function bundle(entry: string, outfile: string, target: string): Promise<number> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    target,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    sourcemap: true,
    logLevel: 'warning',
  });
  return (await stat(join(root, outfile))).size;
}

/** The best of a few loads, each in its own process, in milliseconds: what else the machine does is not the bundle's fault. */
function measureLoad(file: string): number {
  const times = Array.from({ length: LOAD_ATTEMPTS }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', LOAD_BUNDLE, file], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${file} does not load:\n${stderr}`);
    return Number(stdout);
  });
  return Math.min(...times);
}

async function buildFunctions(): Promise<void> {
  const bytes = await bundle('src/index.ts', 'build/app/index.cjs', 'node22');
  const loadMs = measureLoad(join(root, 'build/app/index.cjs'));
  console.log(`build/app/index.cjs    ${String(bytes)} bytes, loads in ${loadMs.toFixed(0)} ms`);
  if (bytes > MAX_FUNCTION_BYTES)
    throw new Error(`The functions may be ${String(MAX_FUNCTION_BYTES)} bytes at most.`);
  if (loadMs > MAX_FUNCTION_LOAD_MS)
    throw new Error(`The functions may take ${String(MAX_FUNCTION_LOAD_MS)} ms to load at most.`);
}

async function buildRelay(): Promise<void> {
  const bytes = await bundle('relay/src/main.ts', 'build/relay/main.cjs', 'node20');
  console.log(`build/relay/main.cjs   ${String(bytes)} bytes`);
}

/** A page is a folder of static/ with its sources under src/: what the browser reads as it is gets copied, `main.ts` is bundled. */
async function buildPages(): Promise<void> {
  for (const page of await readdir(join(root, 'static'))) {
    const source = join(root, 'static', page, 'src');
    const output = join(root, 'static', page, 'build');
    if (!existsSync(join(source, 'index.html'))) continue;
    await rm(output, { recursive: true, force: true });
    await mkdir(output, { recursive: true });
    await cp(source, output, { recursive: true, filter: (path) => !/\.tsx?$/.test(path) });
    const main = ['main.tsx', 'main.ts'].map((name) => join(source, name)).find((path) => existsSync(path));
    if (main !== undefined)
      await build({ entryPoints: [main], outdir: output, bundle: true, format: 'iife', target: 'es2022' });
    console.log(`static/${page}/build`);
  }
}

async function main(): Promise<void> {
  await Promise.all([buildRelay(), buildPages()]);
  await buildFunctions();
}

main().catch((cause: unknown) => {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
});
