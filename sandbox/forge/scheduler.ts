import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock';
import type { Agenda } from './agenda';
import type { Identity } from './identity';
import { LIMITS } from './limits';
import type { Manifest } from './manifest';
import type { Random } from './random';
import type { Runtime } from './runtime';
import type { ForgeFaults } from './types';

const INTERVAL_MS = { fiveMinute: 300_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
/** The first run comes about five minutes after a deployment. */
const FIRST_RUN_MS = 300_000;
/** Runs drift by up to this part of their interval. */
const JITTER = 0.1;

type ScheduledTrigger = Manifest['modules']['scheduledTrigger'][number];

/** Parts that the scheduler needs. */
export interface SchedulerParts {
  manifest: Manifest;
  identity: Identity;
  runtime: Runtime;
  agenda: Agenda;
  clock: Clock;
  faults: ForgeFaults;
  random: Random;
}

/** Scheduled triggers on the sandbox's clock (Forge, scheduled trigger): not on the minute, sometimes skipped or doubled, never retried. */
export class Scheduler {
  private cancels: (() => void)[] = [];

  constructor(private readonly parts: SchedulerParts) {}

  get running(): boolean {
    return this.cancels.length > 0;
  }

  start(): void {
    if (this.running) return;
    const now = this.parts.clock.now();
    this.cancels = this.parts.manifest.modules.scheduledTrigger.map((trigger) =>
      this.plan(trigger, now + FIRST_RUN_MS),
    );
  }

  stop(): void {
    for (const cancel of this.cancels.splice(0)) cancel();
  }

  /**
   * Runs a trigger now.
   * @throws Error when the manifest has no such trigger.
   */
  async runNow(moduleKey: string): Promise<void> {
    const trigger = this.parts.manifest.modules.scheduledTrigger.find(({ key }) => key === moduleKey);
    if (trigger === undefined) throw new Error(`The manifest has no scheduled trigger ${moduleKey}.`);
    await this.run(trigger);
  }

  private plan(trigger: ScheduledTrigger, firstAt: number): () => void {
    const { agenda, clock, faults, random } = this.parts;
    const interval = INTERVAL_MS[trigger.interval];
    let cancel = (): void => undefined;
    let isCancelled = false;
    const next = (at: number): void => {
      const dueAt = at + random.next() * interval * JITTER;
      cancel = agenda.at(dueAt, () => fire(), false);
    };
    const fire = async (): Promise<void> => {
      if (isCancelled) return;
      next(clock.now() + interval);
      if (random.chance(faults.schedule.skip)) return;
      const runs = [this.run(trigger)];
      if (random.chance(faults.schedule.duplicate)) runs.push(this.run(trigger));
      await Promise.all(runs);
    };
    next(firstAt);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  private async run(trigger: ScheduledTrigger): Promise<void> {
    const { manifest, identity, runtime } = this.parts;
    const seconds = manifest.modules.function.find(({ key }) => key === trigger.function)?.timeoutSeconds;
    await runtime.invoke({
      cause: 'schedule',
      functionKey: trigger.function,
      moduleKey: trigger.key,
      moduleType: 'core:scheduledTrigger',
      timeoutMs: seconds === undefined ? LIMITS.functionMs : seconds * 1_000,
      event: {
        context: { cloudId: identity.cloudId, moduleKey: trigger.key },
        contextToken: randomBytes(24).toString('base64url'),
      },
    });
  }
}
