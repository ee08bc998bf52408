import { buildFunctions, buildPages, buildRelay } from './build-steps';
import { checkFunctionBundle } from './function-bundle';

/*
 * Builds what runs outside this repository: the functions of the Forge app, the relay and the app's pages; or with the argument
 * `relay` that alone. The Forge CLI bundles the
 * functions itself when it deploys; ours stands in for it where that takes too long, and keeps to the same bounds.
 */

async function main(): Promise<void> {
  const relay = () => buildRelay().then((file) => console.log(file));
  const app = () => [
    buildFunctions().then(checkFunctionBundle),
    buildPages().then((folders) => folders.forEach((folder) => console.log(folder))),
  ];
  const results = await Promise.allSettled([relay(), ...(process.argv[2] === 'relay' ? [] : app())]);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    process.exitCode = 1;
    console.error(result.reason instanceof Error ? result.reason.message : result.reason);
  }
}

void main();
