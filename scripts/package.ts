import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../package.json';
import { buildRelay } from './build-steps';

const root = join(__dirname, '..');
const NAME = 'teleport-jira-relay';

/** Builds the archive of the relay for machines without containers. @returns the file. */
export async function packageRelay(): Promise<string> {
  const program = await buildRelay();
  const folder = join(root, 'build', 'package', NAME);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(program, join(folder, 'relay.cjs'));
  for (const name of ['install', `${NAME}.service`])
    cpSync(join(root, 'relay', 'systemd', name), join(folder, name));
  cpSync(join(root, 'relay', 'roles'), join(folder, 'roles'), { recursive: true });
  cpSync(join(root, 'relay', 'README.md'), join(folder, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const archive = join(root, 'build', `${NAME}-${version}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', join(folder, '..'), '--owner=0', '--group=0', NAME]);
  return archive;
}

if (require.main === module)
  packageRelay().then(
    (archive) => {
      console.log(archive);
    },
    (cause: unknown) => {
      console.error(cause);
      process.exitCode = 1;
    },
  );
