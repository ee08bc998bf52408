import type { JiraCall } from './faults';

/** The REST calls that a site answered, oldest first; bounded, so that a long run keeps its newest only. */
export class CallLog implements Iterable<JiraCall> {
  private entries: JiraCall[] = [];

  constructor(private readonly limit = 200_000) {}

  add(call: JiraCall): void {
    this.entries.push(call);
    if (this.entries.length > this.limit) this.entries = this.entries.slice(-Math.floor(this.limit / 2));
  }

  get all(): readonly JiraCall[] {
    return this.entries;
  }

  get length(): number {
    return this.entries.length;
  }

  filter(keep: (call: JiraCall) => boolean): JiraCall[] {
    return this.entries.filter(keep);
  }

  clear(): void {
    this.entries = [];
  }

  [Symbol.iterator](): Iterator<JiraCall> {
    return this.entries[Symbol.iterator]();
  }
}
