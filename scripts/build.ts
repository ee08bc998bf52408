import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { checkFunctionBundle } from './function-bundle';

/*
 * Builds what runs outside this repository: the functions of the Forge app, the relay and the app's pages. The Forge CLI bundles the
 * functions itself when it deploys; ours stands in for it where that takes too long, and keeps to the same bounds.
 */

const root = join(__dirname, '..');

const NODE_PROGRAM: BuildOptions = { bundle: true, platform: 'node', format: 'cjs', sourcemap: true };
const BROWSER_PROGRAM: BuildOptions = { bundle: true, platform: 'browser', format: 'iife', target: 'es2022' };

async function buildFunctions(): Promise<void> {
  const outfile = join(root, 'build/app/index.cjs');
  await build({ ...NODE_PROGRAM, entryPoints: [join(root, 'src/index.ts')], outfile, target: 'node22' });
  checkFunctionBundle(outfile);
}

async function buildRelay(): Promise<void> {
  const outfile = join(root, 'build/relay/main.cjs');
  await build({ ...NODE_PROGRAM, entryPoints: [join(root, 'relay/src/main.ts')], outfile, target: 'node20' });
  console.log(outfile);
}

/** Builds the pages: each folder of static/ that has src/index.html. All of src/ is copied but TypeScript, whose main.ts is bundled. */
async function buildPages(): Promise<void> {
  for (const page of await readdir(join(root, 'static'))) {
    const source = join(root, 'static', page, 'src');
    const outdir = join(root, 'static', page, 'build');
    if (!existsSync(join(source, 'index.html'))) continue;
    await rm(outdir, { recursive: true, force: true });
    await cp(source, outdir, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    const main = join(source, 'main.ts');
    if (existsSync(main)) await build({ ...BROWSER_PROGRAM, entryPoints: [main], outdir });
    console.log(outdir);
  }
}

async function main(): Promise<void> {
  const results = await Promise.allSettled([buildFunctions(), buildRelay(), buildPages()]);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    process.exitCode = 1;
    console.error(result.reason instanceof Error ? result.reason.message : result.reason);
  }
}

void main();
