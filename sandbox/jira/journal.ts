import type { Acting, JiraEvents } from './events';
import type { History, HistoryItem, Issue, Json } from './model';
import type { JiraStore } from './store';

/** Enters changes into an issue's changelog and tells everybody who has to know. */
export class Journal {
  constructor(
    private readonly store: JiraStore,
    readonly events: JiraEvents,
  ) {}

  /** Enters a change; without items nothing changed and nothing is told. */
  enter(issue: Issue, acting: Acting, items: HistoryItem[], historyMetadata?: Json): History | undefined {
    if (items.length === 0) return undefined;
    const now = this.store.clock.now();
    const entry: History = {
      id: this.store.nextId('history'),
      authorId: acting.caller.account.accountId,
      created: now,
      items,
      ...(historyMetadata === undefined ? {} : { historyMetadata }),
    };
    issue.histories.push(entry);
    issue.updated = now;
    this.store.changed({ kind: 'updated', issue });
    this.events.updated(issue, entry, acting);
    return entry;
  }
}
