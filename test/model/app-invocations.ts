import { isKilled } from '../support/fakes/effects';
import type { FakeServices } from '../support/fakes/services';
import { handleCardChange } from '../../src/usecases/decide-from-card';
import type { EventFate } from './actions';
import type { Timeline } from './timeline';

/** What an invocation gave, unless the platform ended it: then nobody hears of it, whatever it did before. */
export type Invoked<T> = { ended: 'well'; value: T } | { ended: 'killed' };

const MAX_RETRIES = 20;
const FIRST_RETRY_SECONDS = 5;
const MAX_RETRY_SECONDS = 900;

/** The platform under the app: runs its functions, kills them, brings events, and keeps one queue for each issue. */
export class AppInvocations {
  private readonly lateEvents: string[] = [];
  private readonly lanes = new Map<string, Promise<void>>();

  constructor(
    private readonly services: FakeServices,
    private readonly timeline: Timeline,
  ) {}

  /** Runs a function of the app. */
  async invoke<T>(run: () => Promise<T>): Promise<Invoked<T>> {
    const { effects } = this.services;
    try {
      const value = await run();
      if (!effects.isDead) return { ended: 'well', value };
    } catch (error) {
      if (!isKilled(error)) throw error;
    }
    // The next invocation starts afresh.
    effects.revive();
    return { ended: 'killed' };
  }

  /** An issue changed: brings the event as its fate says. */
  changed(issueId: string, fate: EventFate): void {
    if (fate === 'late') this.lateEvents.push(issueId);
    if (fate === 'lost' || fate === 'late') return;
    this.queue(issueId);
    if (fate === 'twice') this.queue(issueId);
  }

  /** Events that were late come, the newest first. */
  bringLateEvents(): void {
    for (const issueId of this.lateEvents.splice(0).reverse()) this.queue(issueId);
  }

  /** Changes of one issue are looked at one after the other (the queue's concurrency key). */
  private queue(issueId: string): void {
    const before = this.lanes.get(issueId) ?? Promise.resolve();
    this.lanes.set(
      issueId,
      before.then(() => this.consume(issueId, 0)),
    );
  }

  private async consume(issueId: string, retries: number): Promise<void> {
    const { services } = this;
    const invoked = await this.invoke(async () => {
      // The trigger looks only for issues of ours.
      if ((await services.links.findByIssue(issueId)) === undefined) return { kind: 'nothing' } as const;
      return handleCardChange(services, issueId);
    });
    if (invoked.ended === 'killed' || invoked.value.kind !== 'again' || retries >= MAX_RETRIES) return;
    const { problem } = invoked.value;
    const asked = 'retryAfterSeconds' in problem ? problem.retryAfterSeconds : undefined;
    const seconds = asked ?? Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(retries, 8));
    void this.timeline.sleep(seconds * 1000).then(() => this.consume(issueId, retries + 1));
  }
}
