import pino from 'pino';
import { version } from '../../../package.json';
import type { Pairing } from '../../../contract/pairing-token';
import type { Finding } from '../check/finding';
import { broken, preflight } from '../check/run';
import { formatTable, hasFailed, logFindings, toJson } from '../check/report';
import { loadConfig, type ConfigInput } from '../config/load';
import { formatProblem } from '../config/problems';
import type { RelayConfig } from '../config/schema';
import { identitySource } from '../config/teleport-files';
import { ratedClock, systemClock } from '../clock';
import { askDate } from '../jira-app/app-clock';
import { createJiraApp } from '../jira-app/inbox-client';
import { createLog } from '../log';
import type { Clock, Log, RequestOverSocket } from '../ports';
import { createTeleport } from '../teleport/client';
import { EXIT } from './exit-codes';

/** The whole preflight may take so long, one answer of the app so long; in milliseconds. */
const ALL_WITHIN_MS = 90_000;
const APP_WITHIN_MS = 30_000;
/** Deadline of one call to Teleport, in seconds. */
const CALL_WITHIN = 10;
const STDERR = 2;

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // The findings say it.
}

/** `relay check`: prints the findings. @returns the exit code. */
export async function check(
  input: ConfigInput,
  requestOver: RequestOverSocket,
  { isJson, isDebug }: { isJson: boolean; isDebug: boolean },
): Promise<number> {
  const loaded = await loadConfig(input);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.badConfiguration;
  }
  for (const notice of loaded.notices) process.stderr.write(`note: ${notice}\n`);
  const findings = await findingsOf(loaded.config, loaded.pairing, {
    env: input.env,
    requestOver,
    triesChanges: true,
    log: isDebug ? createLog('debug', pino.destination(STDERR)) : silent,
    signal: AbortSignal.timeout(ALL_WITHIN_MS),
  });
  process.stdout.write(isJson ? toJson(findings, version) : formatTable(findings));
  return hasFailed(findings) ? EXIT.failed : EXIT.done;
}

/**
 * The checks that a starting relay makes: all but the calls that would change a request of the right id. They only go to the
 * log; the relay finds out for itself what works. Never throws.
 */
export async function checkAtStart(
  config: RelayConfig,
  pairing: Pairing,
  requestOver: RequestOverSocket,
  log: Log,
  stopping: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(ALL_WITHIN_MS)]);
  const options = { env: process.env, requestOver, triesChanges: false, log: silent, signal };
  const findings = await findingsOf(config, pairing, options).catch(broken);
  if (!stopping.aborted) logFindings(findings, log);
}

interface CheckContext {
  requestOver: RequestOverSocket;
  env: ConfigInput['env'];
  triesChanges: boolean;
  log: Log;
  signal: AbortSignal;
}

async function findingsOf(
  { teleport, decisions, timing }: RelayConfig,
  pairing: Pairing,
  { env, requestOver, triesChanges, log, signal }: CheckContext,
): Promise<Finding[]> {
  const clock: Clock =
    timing.clock === undefined ? systemClock : ratedClock(timing.clock.epoch, timing.clock.rate);
  const jiraApp = createJiraApp({ pairing, clock, callWithinMs: APP_WITHIN_MS });
  const identityFile = identitySource(teleport);
  const reach = {
    address: teleport.address,
    identityFile,
    webCaFile: teleport.web_ca_file,
    env,
    requestOver,
  };
  try {
    return await preflight(
      {
        decisions,
        triesChanges,
        probe: { ...reach, now: Date.now() },
        connect: () =>
          createTeleport({ ...reach, log, timing: { ...timing, teleport_call_within: CALL_WITHIN } }),
        jiraApp,
        askDate: (until) => askDate(pairing.webTriggerUrl, APP_WITHIN_MS, until),
      },
      signal,
    );
  } finally {
    await jiraApp.close();
  }
}
