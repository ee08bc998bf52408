import { buildFunctions, buildPages, buildRelay } from './build-steps';
import { checkFunctionBundle } from './function-bundle';

/*
 * Builds what runs outside this repository: the functions of the Forge app, the relay and the app's pages. The Forge CLI bundles the
 * functions itself when it deploys; ours stands in for it where that takes too long, and keeps to the same bounds.
 */

async function main(): Promise<void> {
  const results = await Promise.allSettled([
    buildFunctions().then(checkFunctionBundle),
    buildRelay().then((file) => console.log(file)),
    buildPages().then((folders) => folders.forEach((folder) => console.log(folder))),
  ]);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    process.exitCode = 1;
    console.error(result.reason instanceof Error ? result.reason.message : result.reason);
  }
}

void main();
