import { indexIssue, type IndexedIssue } from './jql/document';
import type { JqlContext, Test } from './jql/context';
import { compileJql } from './jql/match';
import { parseJql } from './jql/syntax';
import type { JiraFaults } from './faults';
import type { Issue } from './model';
import { random } from './random';
import type { JiraStore } from './store';

/** A state of an issue and when searches begin to see it; without a document the issue is gone. */
interface Version {
  visibleAt: number;
  document: IndexedIssue | undefined;
}

/**
 * The eventually consistent search of Jira Cloud: a write is seen after a seeded lag, and an issue that was found may be
 * missing from one later search.
 */
export class SearchIndex {
  private readonly versions = new Map<string, Version[]>();
  /** Issues that a search has found before. */
  private readonly found = new Set<string>();
  private readonly chance: () => number;

  constructor(
    private readonly store: JiraStore,
    private readonly faults: JiraFaults,
    /** Mean lag in milliseconds of the clock; single writes take half to one and a half times that. */
    private readonly lagMs: number,
    seed: number,
  ) {
    this.chance = random(seed);
    store.onChange(({ kind, issue }) => this.write(issue, kind === 'deleted'));
  }

  /** Issues that a query finds, in its order. @throws ApiError 400 for a query Jira would refuse. */
  search(jql: string, context: JqlContext, reconcile: readonly string[] = []): string[] {
    const { test, compare } = compileJql(parseJql(jql), context);
    const fresh = new Set(reconcile);
    const documents: IndexedIssue[] = [];
    for (const [id, versions] of this.versions) {
      const live = fresh.has(id) ? this.store.issues.get(id) : undefined;
      const document = live === undefined ? this.visible(id, versions, context.now) : indexIssue(live);
      if (document === undefined || document.archived || !test(document)) continue;
      if (live === undefined && this.vanishes(id)) continue;
      documents.push(document);
    }
    return documents.sort(compare).map((document) => document.id);
  }

  /** Whether an issue matches right now, without any lag (Jira REST v3, check issues against JQL). */
  matches(jql: string, context: JqlContext): (issue: Issue) => boolean {
    const query = parseJql(jql);
    const test: Test = compileJql(query, context).test;
    return (issue) => test(indexIssue(issue));
  }

  private write(issue: Issue, isGone: boolean): void {
    const now = this.store.clock.now();
    const visibleAt = now + this.lagMs * (0.5 + this.chance());
    const document = isGone ? undefined : indexIssue(issue);
    const versions = this.versions.get(issue.id) ?? [];
    this.visible(issue.id, versions, now);
    this.versions.set(issue.id, [...(this.versions.get(issue.id) ?? []), { visibleAt, document }]);
  }

  /** The newest version that may be seen; older ones are dropped. */
  private visible(id: string, versions: Version[], now: number): IndexedIssue | undefined {
    const last = versions.findLastIndex((version) => version.visibleAt <= now);
    if (last < 0) return undefined;
    if (last > 0) this.versions.set(id, versions.slice(last));
    return versions[last]?.document;
  }

  private vanishes(id: string): boolean {
    if (!this.found.has(id)) {
      this.found.add(id);
      return false;
    }
    return this.faults.searchVanishing > 0 && this.chance() < this.faults.searchVanishing;
  }
}
