import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, CHART, digestOfChart, SNAPSHOTS } from './chart-cases';

/*
 * `npm run chart`: lints the relay's chart with Helm and renders it for a few sets of values into relay/chart/snapshots, which tests
 * look at where there is no Helm. HELM names the program when it is not on the path.
 */

/** For whom it is rendered; a Helm that was built by itself takes a very old one. */
const KUBERNETES = '1.31.0';
const HELM = process.env['HELM'] ?? 'helm';

function helm(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(HELM, args, { encoding: 'utf8' });
  if (error) throw new Error(`Helm could not be run (${error.message}); HELM names the program.`);
  if (status !== 0) throw new Error(`helm ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

function main(): void {
  rmSync(SNAPSHOTS, { recursive: true, force: true });
  mkdirSync(SNAPSHOTS, { recursive: true });
  for (const { name, values } of CASES) {
    const file = join(SNAPSHOTS, `${name}.values.json`);
    writeFileSync(file, `${JSON.stringify(values, null, 2)}\n`);
    process.stdout.write(helm('lint', '--strict', CHART, '-f', file));
    const rendered = helm(
      'template',
      'jira',
      CHART,
      '--namespace',
      'teleport',
      '--kube-version',
      KUBERNETES,
      '-f',
      file,
    );
    writeFileSync(join(SNAPSHOTS, `${name}.yaml`), `# Rendered from ${digestOfChart()}\n${rendered}`);
    console.log(`rendered: ${name}`);
  }
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
