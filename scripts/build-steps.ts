import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

const root = join(__dirname, '..');

const NODE_PROGRAM: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', sourcemap: true };
const BROWSER_PROGRAM: BuildOptions = { bundle: true, platform: 'browser', format: 'iife', target: 'es2022' };

/** The bundle of the app's functions; an approximation of what the Forge CLI deploys. */
export const FUNCTIONS_BUNDLE = join(root, 'build/app/index.cjs');
/** The relay as one file. */
export const RELAY_BUNDLE = join(root, 'build/relay/main.cjs');
/** What any of the builds depends on beside its own folder. */
const SHARED_SOURCES = ['contract', 'package-lock.json', 'scripts/build-steps.ts'];
const pageOf = (name: string) => ({
  source: join(root, 'static', name, 'src'),
  outdir: join(root, 'static', name, 'build'),
});

/** Bundles the functions of the app. @returns the file. */
export async function buildFunctions(): Promise<string> {
  await bundle(
    { ...NODE_PROGRAM, entryPoints: [join(root, 'src/index.ts')], target: 'node22' },
    FUNCTIONS_BUNDLE,
  );
  return FUNCTIONS_BUNDLE;
}

/** Bundles the relay. @returns the file. */
export async function buildRelay(): Promise<string> {
  await bundle(
    { ...NODE_PROGRAM, entryPoints: [join(root, 'relay/src/main.ts')], target: 'node20' },
    RELAY_BUNDLE,
  );
  return RELAY_BUNDLE;
}

/**
 * Builds the pages: each folder of static/ that has src/index.html. All of src/ is copied but TypeScript, whose main.ts is
 * bundled. @returns the folders.
 */
export async function buildPages(): Promise<string[]> {
  const pages = await pageNames();
  await Promise.all(pages.map(buildPage));
  return pages.map((page) => pageOf(page).outdir);
}

/**
 * Builds what is older than its sources. Outputs appear whole or not at all, so that several programs may do this at once.
 * @returns what was built.
 */
export async function buildStale(): Promise<string[]> {
  const built: string[] = [];
  const step = async (output: string, sources: string[], run: () => Promise<unknown>): Promise<void> => {
    if (await isFresh(output, sources)) return;
    await run();
    built.push(output);
  };
  await Promise.all([
    step(FUNCTIONS_BUNDLE, ['src'], buildFunctions),
    step(RELAY_BUNDLE, ['relay/src'], buildRelay),
    ...(await pageNames()).map((page) =>
      step(join(pageOf(page).outdir, 'index.html'), [join('static', page, 'src')], () => buildPage(page)),
    ),
  ]);
  return built;
}

async function pageNames(): Promise<string[]> {
  const folder = join(root, 'static');
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return names.filter((name) => existsSync(join(pageOf(name).source, 'index.html')));
}

async function buildPage(name: string): Promise<void> {
  const { source, outdir } = pageOf(name);
  const fresh = `${outdir}.${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  await cp(source, fresh, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const main = join(source, 'main.ts');
  if (existsSync(main)) await build({ ...BROWSER_PROGRAM, entryPoints: [main], outdir: fresh });
  await rm(outdir, { recursive: true, force: true });
  await rename(fresh, outdir);
}

/** Bundles in memory and puts the files in place by renaming, the program last. */
async function bundle(options: BuildOptions, outfile: string): Promise<void> {
  const { outputFiles } = await build({ ...options, outfile, write: false });
  await mkdir(dirname(outfile), { recursive: true });
  for (const { path, contents } of [...outputFiles].reverse()) {
    await writeFile(`${path}.${process.pid}`, contents);
    await rename(`${path}.${process.pid}`, path);
  }
}

async function isFresh(output: string, sources: readonly string[]): Promise<boolean> {
  if (!existsSync(output)) return false;
  const builtAt = (await stat(output)).mtimeMs;
  const changes = await Promise.all(
    [...sources, ...SHARED_SOURCES].map((path) => newestChange(join(root, path))),
  );
  return Math.max(...changes) < builtAt;
}

/** When a file, or anything below a folder, last changed; Unix milliseconds. A folder changes with each name in it. */
async function newestChange(path: string): Promise<number> {
  const facts = await stat(path);
  if (!facts.isDirectory()) return facts.mtimeMs;
  const inside = await Promise.all((await readdir(path)).map((name) => newestChange(join(path, name))));
  return Math.max(facts.mtimeMs, ...inside);
}
