import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkFunctionBundle } from './function-bundle';

/*
 * `npm run forge:check`: what the Forge CLI would say about the app, from its own linters and bundler, without an account. They are
 * large and have nothing to do with the product, so they are installed apart from it, the first time this runs.
 */

const root = join(__dirname, '..');
const tools = join(root, 'tools', 'forge');

function run(program: string, args: string[], cwd = root): void {
  const shell = program === 'npm' && process.platform === 'win32';
  const { status } = spawnSync(program, args, { cwd, stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(tools, 'node_modules', '.package-lock.json')))
  run('npm', ['ci', '--ignore-scripts'], tools);
run('npm', ['run', '--silent', 'build']);
run(process.execPath, [join(tools, 'lint.cjs')]);
run(process.execPath, [join(tools, 'bundle.cjs'), join(root, 'build', 'forge')]);
checkFunctionBundle(join(root, 'build', 'forge', 'index.cjs'));
