import { toUtcSeconds } from '../../contract/access-request';
import type { Decision } from '../../contract/decision';
import type { Pairing } from '../../contract/pairing-token';
import { PUSH_WITHIN_SECONDS } from '../../contract/push';
import { MAX_CA_FINGERPRINTS, type HelloAnswer, type HelloRequest } from '../../contract/relay-inbox';
import { Backoff } from './backoff';
import type { RelayConfig } from './config/schema';
import { describeCeiling, type Ceiling } from './decisions/ceiling';
import type { DeskRules } from './decisions/carry-out';
import { DecisionDesk, type DeskAnswer } from './decisions/decision-desk';
import { Standing } from './decisions/standing';
import {
  TeleportError,
  type Clock,
  type IdentityFacts,
  type JiraApp,
  type Log,
  type Metrics,
  type RelayStatus,
  type Teleport,
} from './ports';
import { DeliveryQueue } from './sync/delivery-queue';
import { Mirror } from './sync/mirror';

/** What the relay is made of. */
export interface RelayOptions {
  config: RelayConfig;
  pairing: Pairing;
  teleport: Teleport;
  jiraApp: JiraApp;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  version: string;
  /** Whether decisions can be pushed to it; the app is told. */
  isPushAvailable: boolean;
}

/** A relay. */
export interface Relay {
  /** Runs until `stopping`, then lets what is under way end; `aborting` ends that too. */
  run(stopping: AbortSignal, aborting: AbortSignal): Promise<void>;
  status(): RelayStatus;
  /** Takes over what a running relay can change: decisions and ceiling. */
  reload(config: RelayConfig): void;
  /** Takes a decision that the app pushed and tells what came of it, within the time that the contract gives. */
  decide(decision: Decision): Promise<DeskAnswer>;
}

/** Deliveries may fail for so long before the relay calls itself not ready, in milliseconds. */
const FAILING_TOO_LONG_MS = 120_000;
/** How often the relay looks whether an app that is gone has come back: at first and at last, in milliseconds. */
const UNINSTALLED_FIRST_MS = 30_000;
const UNINSTALLED_AT_MOST_MS = 10 * 60_000;
/** How often the relay makes sure that Teleport still lets it in, in seconds: at most and at least. */
const LOOK_AT_MOST_EVERY = 1;
const LOOK_AT_LEAST_EVERY = 15;
const SECOND_MS = 1000;

type ConnectionState = RelayStatus['jiraApp']['connection'];

/** Puts the parts together: mirror and decision desk on Teleport's side, queue and hello on the app's. */
export function createRelay(options: RelayOptions): Relay {
  return new RunningRelay(options);
}

class RunningRelay implements Relay {
  private readonly queue: DeliveryQueue;
  private readonly mirror: Mirror;
  private readonly desk: DecisionDesk;
  private readonly standing: Standing;
  /** Ends what is under way; present while the relay runs. */
  private aborting: AbortSignal | undefined;
  private readonly startedAt: number;
  private rules: DeskRules;
  private connection: ConnectionState = 'unknown';
  private lastContactAt: number | undefined;
  private lastProblem: string | undefined;
  private statusToken: string | undefined;
  private isStopping = false;
  private wakeHello = new AbortController();
  private readonly uninstalledBackoff = new Backoff(UNINSTALLED_FIRST_MS, UNINSTALLED_AT_MOST_MS);

  constructor(private readonly options: RelayOptions) {
    const { clock, config, jiraApp, log, metrics, pairing, teleport } = options;
    const { timing } = config;
    this.startedAt = clock.now();
    this.rules = rulesOf(config);
    this.queue = new DeliveryQueue({
      apply: (items, signal) => jiraApp.apply(teleport.identity().clusterName, items, signal),
      onDelivered: (item, result) => this.mirror.noteDelivered(item, result),
      clock,
      log,
      metrics,
      retry: { firstMs: timing.retry_first * SECOND_MS, atMostMs: timing.retry_at_most * SECOND_MS },
    });
    this.mirror = new Mirror({
      teleport,
      open: (signal) => jiraApp.open(teleport.identity().clusterName, signal),
      offer: (item) => this.queue.offer(item),
      isWaiting: (requestId) => this.queue.has(requestId),
      webUrl: config.teleport.web_url,
      clock,
      log,
      metrics,
      timing: {
        listEvery: timing.list_every * SECOND_MS,
        streamSilentAfter: timing.stream_silent_after * SECOND_MS,
        streamInitWithin: timing.stream_init_within * SECOND_MS,
        expiryGrace: timing.expiry_grace * SECOND_MS,
        retryFirst: timing.retry_first * SECOND_MS,
        retryAtMost: timing.retry_at_most * SECOND_MS,
      },
    });
    this.desk = new DecisionDesk({
      teleport,
      connectionId: pairing.connectionId,
      rules: () => this.rules,
      itemFor: ({ requestId }, outcome, request) => {
        if (request !== undefined) return { requestId, snapshot: this.mirror.snapshotOf(request), outcome };
        return { requestId, gone: { observedAt: toUtcSeconds(new Date(clock.now())) }, outcome };
      },
      offer: (item) => this.queue.offer(item),
      hold: (requestId) => this.queue.hold(requestId),
      release: (requestId) => this.queue.release(requestId),
      clock,
      log,
      metrics,
    });
    this.standing = new Standing(teleport, log);
  }

  async run(stopping: AbortSignal, aborting: AbortSignal): Promise<void> {
    stopping.addEventListener('abort', () => (this.isStopping = true), { once: true });
    this.aborting = aborting;
    await Promise.all([
      this.mirror.run(stopping),
      this.queue.run(stopping, aborting),
      this.keepSayingHello(stopping, aborting),
      this.keepLooking(stopping),
    ]);
    await this.desk.drain();
  }

  async decide(decision: Decision): Promise<DeskAnswer> {
    const { aborting } = this;
    if (aborting === undefined || this.isStopping || this.connection !== 'confirmed') {
      return { kind: 'not_delivered', text: 'the relay does not take decisions now' };
    }
    const tooLong = new AbortController();
    const work = this.desk.decide(decision, aborting);
    const late = this.options.clock
      .sleep(PUSH_WITHIN_SECONDS * SECOND_MS, tooLong.signal)
      .then((): DeskAnswer => ({ kind: 'not_delivered', text: 'Teleport takes too long to answer' }));
    return Promise.race([work, late]).finally(() => tooLong.abort());
  }

  reload(config: RelayConfig): void {
    this.rules = rulesOf(config);
    // The app must know at once, above all when decisions were switched off.
    this.wakeHello.abort();
  }

  status(): RelayStatus {
    const { clock, version } = this.options;
    const { phase } = this.mirror;
    const problems = this.problems();
    const identity = this.identity();
    this.queue.measure();
    const isFollowing = phase.phase === 'following';
    const failingFor = clock.now() - (this.queue.failingSince ?? clock.now());
    const time = (at: number | undefined): string | undefined =>
      at === undefined ? undefined : toUtcSeconds(new Date(at));
    return {
      state: this.state(isFollowing, problems.length > 0),
      ready:
        !this.isStopping &&
        this.mirror.lastListAt !== undefined &&
        (isFollowing || phase.phase === 'comparing') &&
        this.connection === 'confirmed' &&
        failingFor < FAILING_TOO_LONG_MS,
      problems,
      version,
      startedAt: toUtcSeconds(new Date(this.startedAt)),
      teleport: {
        connected: isFollowing || phase.phase === 'comparing',
        cluster: this.mirror.cluster?.name ?? identity?.clusterName,
        version: this.mirror.cluster?.version,
        identityUser: identity?.user,
        identityExpiresAt: time(identity?.expiresAt.getTime()),
        lastEventAt: time(this.mirror.lastEventAt),
        lastListAt: time(this.mirror.lastListAt),
        streamRestarts: this.mirror.streamRestarts,
        way: this.options.teleport.describeWay(),
      },
      jiraApp: { connection: this.connection, lastContactAt: time(this.lastContactAt) },
      decisions: { mode: this.rules.mode, ceiling: describeCeiling(this.rules.ceiling) },
      waiting: this.queue.waitingCount,
      failed: this.queue.failures,
      remembered: this.mirror.rememberedCount,
      olderRequests: this.mirror.olderRequests,
    };
  }

  private state(isFollowing: boolean, hasProblems: boolean): RelayStatus['state'] {
    if (this.isStopping) return 'stopping';
    if (this.mirror.lastListAt === undefined && !hasProblems) return 'starting';
    if (hasProblems) return 'degraded';
    return isFollowing && this.queue.waitingCount === 0 ? 'in_step' : 'catching_up';
  }

  private problems(): string[] {
    const { clock } = this.options;
    const { phase, goneBack } = this.mirror;
    const identity = this.identity();
    const problems: string[] = [];
    if (phase.phase === 'waiting' && phase.problem !== undefined) problems.push(`Teleport: ${phase.problem}`);
    if (this.lastProblem !== undefined) problems.push(`Jira app: ${this.lastProblem}`);
    if (this.standing.problem !== undefined) {
      problems.push(`Teleport refuses the relay, so no decision is made: ${this.standing.problem}`);
    }
    if (identity === undefined) problems.push('The identity file cannot be used.');
    else if (clock.now() >= identity.warnFrom.getTime()) {
      problems.push(`The identity ends ${toUtcSeconds(identity.expiresAt)}.`);
    }
    if (goneBack.size > 0) {
      problems.push(
        `Teleport shows ${goneBack.size} requests in an earlier state than before, as after a restored backup; Jira keeps the later one.`,
      );
    }
    const failed = this.queue.failures;
    if (failed.length > 0) {
      problems.push(`${failed.length} requests are not in step, for example: ${failed[0]?.text ?? ''}`);
    }
    return problems.map((text) => text.slice(0, 512)).slice(0, 10);
  }

  private identity(): IdentityFacts | undefined {
    try {
      return this.options.teleport.identity();
    } catch (error) {
      if (error instanceof TeleportError) return undefined;
      throw error;
    }
  }

  private async keepLooking(stopping: AbortSignal): Promise<void> {
    const { clock, config } = this.options;
    const hello = config.timing.hello_at_most_every;
    const seconds = Math.min(LOOK_AT_LEAST_EVERY, Math.max(LOOK_AT_MOST_EVERY, hello));
    for (;;) {
      await clock.sleep(seconds * SECOND_MS, stopping);
      if (stopping.aborted) return;
      // The app must know at once that decisions have stopped.
      if (await this.standing.look(stopping)) this.wakeHello.abort();
    }
  }

  private async keepSayingHello(stopping: AbortSignal, aborting: AbortSignal): Promise<void> {
    const { clock, config } = this.options;
    const { timing } = config;
    const backoff = new Backoff(timing.retry_first * SECOND_MS, timing.retry_at_most * SECOND_MS);
    stopping.addEventListener('abort', () => this.wakeHello.abort(), { once: true });
    while (!stopping.aborted) {
      this.wakeHello = new AbortController();
      const waitMs = await this.sayHello(stopping, aborting, backoff);
      await clock.sleep(waitMs, this.wakeHello.signal);
    }
  }

  /** Says hello once. @returns how long to wait until the next one, in milliseconds. */
  private async sayHello(stopping: AbortSignal, aborting: AbortSignal, backoff: Backoff): Promise<number> {
    const { clock, config, jiraApp, log } = this.options;
    const message = this.helloMessage();
    // Without an identity there is nobody to present.
    if (message === undefined) return backoff.next();
    const answer = await jiraApp.hello(message, stopping);
    if (stopping.aborted) return 0;
    if (!answer.ok) {
      if (this.lastProblem !== answer.text) log.warn('the Jira app does not answer', { reason: answer.text });
      this.lastProblem = answer.text;
      if (answer.kind !== 'uninstalled') {
        const asked = answer.kind === 'unreachable' ? (answer.retryAfterSeconds ?? 0) * SECOND_MS : 0;
        return Math.max(asked, backoff.next());
      }
      this.enter('uninstalled');
      return this.uninstalledBackoff.next();
    }
    backoff.reset();
    this.uninstalledBackoff.reset();
    this.lastProblem = undefined;
    this.lastContactAt = clock.now();
    this.greeted(answer.value);
    this.desk.take(answer.value.decisions, aborting);
    return Math.min(answer.value.helloAfterSeconds, config.timing.hello_at_most_every) * SECOND_MS;
  }

  private greeted(answer: HelloAnswer): void {
    this.statusToken = answer.statusToken;
    this.enter(answer.connection);
    const isConfirmed = answer.connection === 'confirmed';
    if (isConfirmed && answer.mirrorSince !== undefined) this.mirror.allow(Date.parse(answer.mirrorSince));
    if (answer.connection === 'mismatch') {
      this.lastProblem = 'a Jira administrator confirmed another cluster or another CA for this connection';
    }
  }

  private enter(connection: ConnectionState): void {
    const isConfirmed = connection === 'confirmed';
    if (connection !== this.connection) {
      const { log } = this.options;
      if (isConfirmed) log.info('connected to the Jira app');
      else log.warn('requests do not flow to the Jira app', { connection });
    }
    this.connection = connection;
    this.queue.setOpen(isConfirmed);
    if (!isConfirmed) this.mirror.disallow();
  }

  private helloMessage(): Omit<HelloRequest, 'v' | 'op'> | undefined {
    const { version } = this.options;
    const identity = this.identity();
    if (identity === undefined) return undefined;
    const { cluster, lastListAt, olderRequests, phase } = this.mirror;
    const problems = this.problems();
    const isInStep = phase.phase === 'following' && this.queue.waitingCount === 0;
    const failed = this.queue.failures.length;
    return {
      ...(this.statusToken === undefined ? {} : { statusToken: this.statusToken }),
      relay: { version, startedAt: toUtcSeconds(new Date(this.startedAt)) },
      cluster: {
        name: identity.clusterName,
        caFingerprint: identity.caFingerprint,
        caFingerprints: identity.caFingerprints.slice(0, MAX_CA_FINGERPRINTS),
        version: cluster?.version ?? '',
        ...(cluster?.proxyAddress === undefined ? {} : { proxyAddress: cluster.proxyAddress }),
        reviews: cluster?.reviews ?? false,
      },
      decisions: {
        // Whom Teleport refuses can only have watched: the app then cancels what waits, and says so.
        mode: this.standing.problem === undefined ? this.rules.mode : 'observe',
        ...(this.rules.approverIdentity === undefined
          ? {}
          : { approverIdentity: this.rules.approverIdentity }),
        accept: [...this.rules.accept],
        ceiling: describeCeiling(this.rules.ceiling),
      },
      identity: { user: identity.user, expiresAt: toUtcSeconds(identity.expiresAt) },
      push: { available: this.options.isPushAvailable },
      health: {
        state: problems.length > 0 ? 'degraded' : isInStep ? 'in_step' : 'catching_up',
        waiting: this.queue.waitingCount - failed,
        failed,
        olderRequests,
        ...(lastListAt === undefined ? {} : { lastListAt: toUtcSeconds(new Date(lastListAt)) }),
        problems,
      },
    };
  }
}

function rulesOf({ decisions, ceiling }: RelayConfig): DeskRules {
  const bounds: Ceiling = {
    rolesAllow: ceiling.roles_allow,
    rolesDeny: ceiling.roles_deny,
    resourceKindsAllow: ceiling.resource_kinds_allow,
    maxAccessDuration: ceiling.max_access_duration,
    maxApprovalsPerHour: ceiling.max_approvals_per_hour,
  };
  return {
    mode: decisions.mode,
    accept: decisions.accept,
    approverIdentity: decisions.approver_identity,
    allowThresholdBypass: decisions.allow_threshold_bypass,
    delegator: decisions.delegator,
    ceiling: bounds,
  };
}
