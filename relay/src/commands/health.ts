import { loadConfig, type ConfigInput } from '../config/load';
import { formatProblem } from '../config/problems';
import { EXIT } from './exit-codes';

/** `relay health`: whether the relay that runs with this configuration works. @returns the exit code. */
export async function health(
  input: ConfigInput,
  ask: (address: string) => Promise<boolean>,
): Promise<number> {
  const loaded = await loadConfig(input);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.badConfiguration;
  }
  const isWell = await ask(loaded.config.http.health_address);
  process.stdout.write(isWell ? 'the relay works\n' : 'the relay does not answer that it works\n');
  return isWell ? EXIT.done : EXIT.failed;
}
