import { parseArgs } from 'node:util';
import { MAX_PUSH_BODY_BYTES } from '../../contract/push';
import type { Pairing } from '../../contract/pairing-token';
import { version } from '../../package.json';
import { ratedClock, systemClock } from './clock';
import { loadConfig } from './config/load';
import { formatProblem } from './config/problems';
import type { RelayConfig } from './config/schema';
import { codeOf } from './errors';
import { startDecisionServer, type DecisionServer } from './http/decision-server';
import { startHealthServer } from './http/health-server';
import { requestOver } from './http/over-socket';
import { createJiraApp } from './jira-app/inbox-client';
import { KeySet } from './jira-app/key-set';
import { PushGate } from './jira-app/push-gate';
import { createLog } from './log';
import { keepHeapSmall } from './memory';
import { createMetrics } from './metrics';
import type { Clock, Log } from './ports';
import { createRelay, type Relay } from './relay';
import { createTeleport } from './teleport/client';

const EXIT_UNEXPECTED = 1;
const EXIT_BAD_CONFIGURATION = 2;

const HELP = `Carries Teleport access requests to Jira and decisions made in Jira back to Teleport.

Usage:
  relay start [-c FILE] [-d]   run until SIGTERM or SIGINT; SIGHUP reads decisions and ceiling anew
  relay version                print the version

Options:
  -c, --config FILE   configuration (YAML); every key can also come from the environment as RELAY_<SECTION>_<KEY>
  -d, --debug         log everything
  -h, --help          print this

Exit codes:
  0  stopped as asked
  1  something unexpected, or stopped the hard way
  2  bad configuration or command line: one line for each problem on standard error
`;

async function main(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args);
  if (!parsed.ok) return complain(`${parsed.problem} (relay --help explains)`);
  const { command, configFile, isDebug, isHelp } = parsed;
  if (isHelp || command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  switch (command) {
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    case 'start':
      return start(configFile, isDebug);
    default:
      return complain(
        command === undefined
          ? 'a command is missing: start or version (relay --help explains)'
          : 'unknown command; known are start and version (relay --help explains)',
      );
  }
}

type Arguments =
  | {
      ok: true;
      command: string | undefined;
      configFile: string | undefined;
      isDebug: boolean;
      isHelp: boolean;
    }
  | { ok: false; problem: string };

function readArguments(args: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        debug: { type: 'boolean', short: 'd', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [command, ...rest] = positionals;
    if (rest.length > 0) return { ok: false, problem: 'there are too many arguments' };
    return { ok: true, command, configFile: values.config, isDebug: values.debug, isHelp: values.help };
  } catch {
    return { ok: false, problem: 'the options are not understood' };
  }
}

function complain(problem: string): number {
  process.stderr.write(`${problem}\n`);
  return EXIT_BAD_CONFIGURATION;
}

async function start(configFile: string | undefined, isDebug: boolean): Promise<number> {
  keepHeapSmall();
  const loaded = await loadConfig({ file: configFile, env: process.env });
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT_BAD_CONFIGURATION;
  }
  const { config, pairing, notices } = loaded;
  const log = createLog(isDebug ? 'debug' : config.log.level);
  for (const notice of notices) log.warn(notice);
  const { timing } = config;
  const clock = timing.clock === undefined ? systemClock : ratedClock(timing.clock.epoch, timing.clock.rate);
  const metrics = createMetrics(version);
  const teleport = createTeleport({
    address: config.teleport.address,
    identityFile: config.teleport.identity_file,
    webCaFile: config.teleport.web_ca_file,
    requestOver,
    timing,
    log,
  });
  const jiraApp = createJiraApp({ pairing, clock, callWithinMs: timing.app_call_within * 1000 });
  const relay = createRelay({
    config,
    pairing,
    teleport,
    jiraApp,
    clock,
    log,
    metrics,
    version,
    isPushAvailable: config.http.decisions_address !== undefined,
  });
  let isRunning = true;
  const health = await startHealthServer({
    address: config.http.health_address,
    status: () => relay.status(),
    metricsText: () => {
      const { identityExpiresAt } = relay.status().teleport;
      if (identityExpiresAt !== undefined) metrics.identityExpires(new Date(identityExpiresAt));
      return metrics.text();
    },
    isAlive: () => isRunning,
  }).catch((error: unknown) => codeOf(error) ?? 'unknown error');
  if (typeof health === 'string') {
    process.stderr.write(
      `http.health_address: nothing can listen on ${config.http.health_address} (${health})\n`,
    );
    return EXIT_UNEXPECTED;
  }
  const decisions = await listenForDecisions(config, pairing, relay, clock, log);
  if (typeof decisions === 'string') {
    process.stderr.write(`http.decisions_address: nothing can listen there (${decisions})\n`);
    return EXIT_UNEXPECTED;
  }
  log.info('relay started', {
    version,
    health: health.address,
    decisions: decisions?.address,
    mode: config.decisions.mode,
  });

  const { stopping, aborting } = listenToSignals(log, timing.stop_within * 1000);
  const onHangup = (): void => void reload(relay, configFile, log);
  process.on('SIGHUP', onHangup);
  await relay.run(stopping, aborting);
  isRunning = false;
  process.off('SIGHUP', onHangup);
  // Answers to the last pushed decisions go out before what they stand on is closed.
  await decisions?.close();
  teleport.close();
  await Promise.all([health.close(), jiraApp.close()]);
  log.info('relay stopped');
  return aborting.aborted ? EXIT_UNEXPECTED : 0;
}

/** Listens for pushed decisions where that is configured. @returns the server, or why nothing can listen there. */
async function listenForDecisions(
  { http, push }: RelayConfig,
  pairing: Pairing,
  relay: Relay,
  clock: Clock,
  log: Log,
): Promise<DecisionServer | string | undefined> {
  if (http.decisions_address === undefined) return undefined;
  const keys = new KeySet({ url: push.jwks_url, clock, log });
  const handler = new PushGate({
    ...{ pairing, version, clock, log },
    findKey: (keyId) => keys.find(keyId),
    decide: (decision) => relay.decide(decision),
  });
  const options = { address: http.decisions_address, handler, maxBodyBytes: MAX_PUSH_BODY_BYTES };
  return startDecisionServer(options).catch((error: unknown) => codeOf(error) ?? 'unknown error');
}

/** The first SIGTERM or SIGINT stops gracefully; a second one, or too long a stop, ends what is under way. */
function listenToSignals(log: Log, stopWithinMs: number): { stopping: AbortSignal; aborting: AbortSignal } {
  const stopping = new AbortController();
  const aborting = new AbortController();
  const onSignal = (): void => {
    if (stopping.signal.aborted) {
      log.warn('stopping at once');
      aborting.abort();
      return;
    }
    log.info('stopping');
    stopping.abort();
    setTimeout(() => aborting.abort(), stopWithinMs).unref();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { stopping: stopping.signal, aborting: aborting.signal };
}

async function reload(relay: Relay, configFile: string | undefined, log: Log): Promise<void> {
  const loaded = await loadConfig({ file: configFile, env: process.env });
  if (loaded.ok) {
    relay.reload(loaded.config);
    log.info('configuration read anew', { mode: loaded.config.decisions.mode });
    return;
  }
  for (const problem of loaded.problems) log.error(`configuration not taken over: ${formatProblem(problem)}`);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    // Nothing is expected here, so nothing is known of what the text may hold: the name alone is safe to print.
    process.stderr.write(`unexpected: ${error instanceof Error ? error.name : 'error'}\n`);
    process.exit(EXIT_UNEXPECTED);
  },
);
