import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build, type BuildOptions } from 'esbuild';
import { checkPage } from './page-checks';

const root = join(__dirname, '..');

const NODE_PROGRAM: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', sourcemap: true };

/** The bundle of the app's functions; an approximation of what the Forge CLI deploys. */
export const FUNCTIONS_BUNDLE = join(root, 'build/app/index.cjs');
/** The relay as one file. */
export const RELAY_BUNDLE = join(root, 'build/relay/main.cjs');
/** What any of the builds depends on beside its own folder. */
const SHARED_SOURCES = ['contract', 'package-lock.json', 'scripts/build-steps.ts'];
/** What every page depends on beside its own folder. */
const PAGE_SOURCES = ['static/shared', 'static/vite.config.ts', 'scripts/page-checks.ts'];
const REPLACING_TRIES = 5;
const VITE = join(root, 'node_modules/vite/bin/vite.js');
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
 * Builds the pages: each folder of static/ that has src/index.html.
 * @returns the folders.
 * @throws Error when a page does not build, is too heavy, or names a host of somebody else's.
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
      step(
        join(pageOf(page).outdir, 'index.html'),
        [join('static', page, 'src'), join('static', page, 'tsconfig.json'), ...PAGE_SOURCES],
        () => buildPage(page),
      ),
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

/** Vite runs in a process of its own: it consists of ES modules, which test runners do not load. */
async function buildPage(name: string): Promise<void> {
  const { source, outdir } = pageOf(name);
  const fresh = `${outdir}.${process.pid}`;
  try {
    const config = join(root, 'static/vite.config.ts');
    await promisify(execFile)(
      process.execPath,
      [VITE, 'build', source, '--config', config, '--outDir', fresh, '--emptyOutDir'],
      // A test runner names an environment of its own, by which packages would bring what only developers need.
      { env: { ...process.env, NODE_ENV: 'production' } },
    );
    // The manifest names it, so its name must stay as it is.
    const icon = join(source, 'icon.svg');
    if (existsSync(icon)) await copyFile(icon, join(fresh, 'icon.svg'));
    await checkPage(fresh, name);
    await replaceFolder(outdir, fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Puts a folder in the place of another. Somebody else may do the same at this moment; the later one stays. */
async function replaceFolder(path: string, by: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    await rm(path, { recursive: true, force: true });
    try {
      await rename(by, path);
      return;
    } catch (error) {
      if (tries === REPLACING_TRIES) throw error;
    }
  }
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
