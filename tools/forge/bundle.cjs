/*
 * Bundles the functions of a Forge app as `forge deploy` would, without an account or a network:
 *
 *   cd <app> && node tools/forge/bundle.cjs <output folder>
 *
 * Only the platform's own wrapper, which the real command adds from a download, is left out.
 */
const { cpSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { getEntryPoints, getNodeBundler } = require('@forge/bundler');
const { readManifest } = require('./manifest.cjs');
const { logger } = require('./logger.cjs');

const noWrapper = async () => ({ script: '', version: 'none' });

async function main() {
  const manifest = await readManifest();
  const handlers = manifest.modules.function.map(({ handler }) => ({ module: handler.split('.')[0] }));
  const bundler = getNodeBundler(
    logger,
    { getNodeRuntimeWrapper: noWrapper, getNodeRuntimeLoader: noWrapper },
    { readConfig: async () => manifest },
  );
  const { outputDir } = await bundler.bundle({
    appDirectory: process.cwd(),
    entryPoints: getEntryPoints(handlers),
  });
  const [output] = process.argv.slice(2);
  mkdirSync(output, { recursive: true });
  cpSync(join(outputDir), output, { recursive: true });
}

main().catch((cause) => {
  console.error(cause.message);
  process.exitCode = 1;
});
