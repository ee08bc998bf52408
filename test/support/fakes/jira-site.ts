import type { StatusMove } from '../../../src/domain/card';
import { fingerprint, plainText, type AdfDocument } from '../../../src/domain/adf';
import type { CommentView, IssueProperty, JiraProblem, JiraResult } from '../../../src/usecases/ports';
import { adfProblems } from './adf-schema';
import type { Effects, FakeClock } from './effects';

/** A transition of the fake workflow. Without `from` it is offered everywhere. */
export interface FakeTransition {
  id: string;
  from?: string[];
  to: string;
  resolutionIds?: string[];
  resolutionRequired?: boolean;
  needsOtherFields?: boolean;
}

/** An issue as the fake site holds it. */
export interface FakeIssue {
  id: string;
  key: string;
  projectId: string;
  issueTypeId: string;
  statusId: string;
  summary: string;
  description: unknown;
  creator: string;
  createdAt: number;
  property: IssueProperty | undefined;
  resolutionId: string | undefined;
  comments: (CommentView & { internal: boolean })[];
  moves: StatusMove[];
  editors: string[];
  lastEditor: string | undefined;
  remoteLinks: Map<string, { url: string; resolved: boolean }>;
  labels: string[];
  duedate: string | undefined;
  watchers: string[];
  indexedAt: number;
}

/** How the next call of a kind goes wrong. */
export type Fault =
  | 'uncertain_before'
  | 'uncertain_after'
  | { rateLimitedSeconds: number }
  | { refused: string; fields?: string[] };

export const APP_ACCOUNT = '557058:app-0';
export const PROJECT = '10000';
export const ISSUE_TYPE = '10001';
export const STATUS = { backlog: '1', pending: '2', approved: '3', denied: '4', expired: '5', review: '6' };

/**
 * A Jira site of one project. It refuses what Jira refuses: documents against the schema, too long texts, transitions that are
 * not offered, unknown issues. Search shows issues late. It does not model permissions, screens of fields, or rich history.
 */
export class FakeSite {
  readonly issues = new Map<string, FakeIssue>();
  /** The project was deleted, or hidden from the app. */
  isProjectGone = false;
  /** Fields that the create screen lacks. */
  readonly offScreen = new Set<string>();
  initialStatus = STATUS.pending;
  transitions: FakeTransition[] = Object.entries(STATUS).map(([name, to], index) => ({
    id: String(11 + index),
    to,
    ...(name !== 'pending' && name !== 'backlog' && { resolutionIds: ['9', '10'] }),
  }));
  searchLagMs = 0;
  /** How long a call takes. */
  callMs = 0;
  private nextId = 10_007;
  private nextMinor = 100;
  private readonly faults: { call: string; fault: Fault }[] = [];

  constructor(
    readonly clock: FakeClock,
    readonly effects: Effects,
  ) {}

  /** Makes the next call of this name go wrong; several are used up one after the other. */
  fail(call: string, ...faults: Fault[]): void {
    for (const fault of faults) this.faults.push({ call, fault });
  }

  /** Nothing goes wrong any more. */
  heal(): void {
    this.faults.length = 0;
  }

  /** Replaced by tests that choose the order of steps themselves. */
  turn: () => Promise<void> = () => Promise.resolve();

  /** One call that only reads. */
  async read<T>(name: string, answer: () => JiraResult<T>): Promise<JiraResult<T>> {
    await this.begin();
    const fault = this.takeFault(name);
    return fault === undefined ? answer() : { ok: false, problem: problemOf(fault) };
  }

  /** One call that writes: `prepare` refuses or gives what is to be done. */
  async write<T>(
    name: string,
    prepare: () => { refused: JiraProblem } | { commit: () => T },
  ): Promise<JiraResult<T>> {
    await this.begin();
    const fault = this.takeFault(name);
    if (fault !== undefined && fault !== 'uncertain_after') return { ok: false, problem: problemOf(fault) };
    const prepared = prepare();
    if ('refused' in prepared) return { ok: false, problem: prepared.refused };
    const value = prepared.commit();
    this.effects.note(`jira ${name}`);
    return fault === undefined ? { ok: true, value } : { ok: false, problem: problemOf(fault) };
  }

  addIssue(input: Partial<FakeIssue> & { summary: string; description: unknown }): FakeIssue {
    const number = this.nextId++;
    const issue: FakeIssue = {
      id: String(number),
      key: `TAR-${number - 10_000}`,
      projectId: PROJECT,
      issueTypeId: ISSUE_TYPE,
      statusId: this.initialStatus,
      creator: APP_ACCOUNT,
      createdAt: this.clock.now(),
      property: undefined,
      resolutionId: undefined,
      comments: [],
      moves: [],
      editors: [],
      lastEditor: undefined,
      remoteLinks: new Map(),
      labels: [],
      duedate: undefined,
      watchers: [],
      indexedAt: this.clock.now() + this.searchLagMs,
      ...input,
    };
    this.issues.set(issue.id, issue);
    return issue;
  }

  /** Moves a card as somebody. An empty account id stands for an entry that names nobody. */
  move(issueId: string, statusId: string, accountId: string, isIssueMove = false): StatusMove {
    const issue = this.get(issueId);
    const move: StatusMove = {
      historyId: String(this.nextMinor++),
      accountId,
      fromStatusId: issue.statusId,
      toStatusId: statusId,
      at: this.clock.now(),
      isIssueMove,
      editors: issue.editors,
    };
    issue.editors = [];
    issue.moves.push(move);
    issue.statusId = statusId;
    return move;
  }

  /** Edits an issue as somebody; an edit that changes nothing leaves no trace in the history, as in Jira. */
  edit(issueId: string, accountId: string, content: { summary?: string; description?: unknown }): void {
    const issue = this.get(issueId);
    const next = { summary: issue.summary, description: issue.description, ...content };
    const isSame =
      next.summary === issue.summary && fingerprint(next.description) === fingerprint(issue.description);
    if (isSame) return;
    issue.summary = next.summary;
    issue.description = next.description;
    issue.editors = [...issue.editors, accountId];
    issue.lastEditor = accountId;
  }

  /** Adds a comment as somebody. */
  comment(issueId: string, accountId: string, body: AdfDocument | string, internal = false): { id: string } {
    const id = String(this.nextMinor++);
    const text = typeof body === 'string' ? body : plainText(body);
    this.get(issueId).comments.push({ id, accountId, createdAt: this.clock.now(), text, internal });
    return { id };
  }

  get(issueId: string): FakeIssue {
    const issue = this.issues.get(issueId);
    if (issue === undefined) throw new Error(`the test knows no issue ${issueId}`);
    return issue;
  }

  private async begin(): Promise<void> {
    this.effects.mayRun();
    await this.turn();
    this.clock.time += this.callMs;
    this.effects.mayRun();
  }

  private takeFault(call: string): Fault | undefined {
    const index = this.faults.findIndex((entry) => entry.call === call);
    return index < 0 ? undefined : this.faults.splice(index, 1)[0]?.fault;
  }
}

/** Why a document would be refused. */
export function documentProblem(document: unknown): JiraProblem | undefined {
  const problems = adfProblems(document);
  if (JSON.stringify(document).length > 32_767) problems.push('too long');
  return problems.length === 0 ? undefined : refusal(problems.join('; '));
}

/** A refusal for certain. */
export function refusal(detail: string, fields: string[] = []): JiraProblem {
  return { kind: 'refused', status: 400, fields, detail };
}

function problemOf(fault: Fault): JiraProblem {
  if (typeof fault === 'string') return { kind: 'uncertain', detail: 'Jira failed with status 502.' };
  if ('refused' in fault) return refusal(fault.refused, fault.fields);
  return {
    kind: 'rate_limited',
    retryAfterSeconds: fault.rateLimitedSeconds,
    detail: 'Jira asks to slow down.',
  };
}
