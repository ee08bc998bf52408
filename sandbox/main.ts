import { HELP, readCommand } from './cli';
import { runPart } from './parts';
import { runWhole, type Running } from './whole';

/*
 * `npm start` and `npm run sandbox`: runs the sandbox until Ctrl-C. With --json nothing but one line goes to standard output.
 */

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2));
  if (command.kind === 'help') {
    process.stdout.write(HELP);
    return;
  }
  if (command.kind === 'bad') {
    process.stderr.write(`${command.text} See --help.\n`);
    process.exitCode = 2;
    return;
  }
  const end = askedToEnd();
  const begun = performance.now();
  const { part } = command;
  const running: Running = part === 'all' ? await runWhole(command) : await runPart({ ...command, part });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  if (command.json) process.stdout.write(`${JSON.stringify(running.description)}\n`);
  else process.stdout.write(`\n${running.words}\n(ready after ${seconds} s)\n`);
  await end;
  await running.stop();
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process at once. */
function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (isAsked) process.exit(1);
        isAsked = true;
        resolve();
      });
  });
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(
      `The sandbox could not start: ${error instanceof Error ? error.message : 'failed'}\n`,
    );
    process.exit(1);
  },
);
