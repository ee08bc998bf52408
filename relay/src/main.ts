import { MAX_PUSH_BODY_BYTES } from '../../contract/push';
import type { Pairing } from '../../contract/pairing-token';
import { version } from '../../package.json';
import { ratedClock, systemClock } from './clock';
import { readArguments } from './commands/arguments';
import { check, checkAtStart } from './commands/check';
import { configure } from './commands/configure';
import { health } from './commands/health';
import { EXIT } from './commands/exit-codes';
import { helpFor } from './commands/help';
import { withFlags } from './config/choices';
import { loadConfig, type ConfigInput } from './config/load';
import { formatProblem } from './config/problems';
import type { RelayConfig } from './config/schema';
import { identitySource } from './config/teleport-files';
import { codeOf } from './errors';
import { startDecisionServer, type DecisionServer } from './http/decision-server';
import { askHealth } from './http/ask-health';
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

async function main(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args);
  if (!parsed.ok) {
    process.stderr.write(`${parsed.problem} (relay --help explains)\n`);
    return EXIT.badConfiguration;
  }
  const { command, configFile, flags, isDebug, isHelp, isJson } = parsed.line;
  if (isHelp) {
    process.stdout.write(helpFor(command));
    return EXIT.done;
  }
  const input = { file: configFile, env: withFlags(process.env, flags) };
  switch (command) {
    case 'help':
      process.stdout.write(helpFor('help'));
      return EXIT.done;
    case 'version':
      process.stdout.write(`${version}\n`);
      return EXIT.done;
    case 'start':
      return start(input, isDebug);
    case 'check':
      return check(input, requestOver, { isJson, isDebug });
    case 'health':
      return health(input, askHealth);
    case 'configure':
      return configure(parsed.line);
  }
}

async function start(input: ConfigInput, isDebug: boolean): Promise<number> {
  keepHeapSmall();
  const loaded = await loadConfig(input);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return EXIT.badConfiguration;
  }
  const { config, pairing, notices } = loaded;
  const log = createLog(isDebug ? 'debug' : config.log.level);
  for (const notice of notices) log.warn(notice);
  const { timing } = config;
  const clock = timing.clock === undefined ? systemClock : ratedClock(timing.clock.epoch, timing.clock.rate);
  const metrics = createMetrics(version);
  const teleport = createTeleport({
    address: config.teleport.address,
    identityFile: identitySource(config.teleport),
    webCaFile: config.teleport.web_ca_file,
    requestOver,
    timing,
    log,
  });
  const callWithinMs = timing.app_call_within * 1000;
  const jiraApp = createJiraApp({ pairing, clock, log, callWithinMs });
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
    return EXIT.failed;
  }
  const decisions = await listenForDecisions(config, pairing, relay, clock, log);
  if (typeof decisions === 'string') {
    process.stderr.write(`http.decisions_address: nothing can listen there (${decisions})\n`);
    return EXIT.failed;
  }
  log.info('relay started', {
    version,
    health: health.address,
    decisions: decisions?.address,
    mode: config.decisions.mode,
  });

  const { stopping, aborting } = listenToSignals(log, timing.stop_within * 1000);
  const onHangup = (): void => {
    teleport.reloadIdentity();
    void reload(relay, input, log);
  };
  process.on('SIGHUP', onHangup);
  void checkAtStart(config, pairing, requestOver, log, stopping);
  await relay.run(stopping, aborting);
  isRunning = false;
  process.off('SIGHUP', onHangup);
  // Answers to the last pushed decisions go out before what they stand on is closed.
  await decisions?.close();
  teleport.close();
  await Promise.all([health.close(), jiraApp.close()]);
  log.info('relay stopped');
  return aborting.aborted ? EXIT.failed : 0;
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

async function reload(relay: Relay, input: ConfigInput, log: Log): Promise<void> {
  const loaded = await loadConfig(input);
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
    process.exit(EXIT.failed);
  },
);
