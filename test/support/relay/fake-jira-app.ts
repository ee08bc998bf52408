import type {
  ApplyItem,
  ApplyResult,
  HelloAnswer,
  HelloRequest,
  OpenLink,
} from '../../../contract/relay-inbox';
import type { AppResult, JiraApp } from '../../../relay/src/ports';

/** The app in memory: remembers what it was told, answers what a test decides. */
export class FakeJiraApp implements JiraApp {
  readonly links = new Map<string, OpenLink>();
  readonly hellos: Omit<HelloRequest, 'v' | 'op'>[] = [];
  readonly applied: ApplyItem[] = [];
  readonly batches: ApplyItem[][] = [];
  /** Decisions to lend with the next hello. */
  decisions: HelloAnswer['decisions'] = [];
  connection: HelloAnswer['connection'] = 'confirmed';
  mirrorSince = '2026-11-24T13:00:00Z';
  helloAfterSeconds = 15;
  /** Answers instead of the usual ones, while set. */
  onHello: (() => AppResult<HelloAnswer>) | undefined;
  onOpen: (() => AppResult<OpenLink[]>) | undefined;
  onApply: ((items: readonly ApplyItem[]) => AppResult<ApplyResult[]> | undefined) | undefined;
  /** Result of one item instead of the usual one. */
  onItem: ((item: ApplyItem) => ApplyResult | undefined) | undefined;
  /** Calls of apply do not return before this; `release` lets them. */
  private gate: Promise<void> | undefined;
  callsUnderWay = 0;
  mostCallsUnderWay = 0;

  hello(message: Omit<HelloRequest, 'v' | 'op'>): Promise<AppResult<HelloAnswer>> {
    this.hellos.push(message);
    if (this.onHello !== undefined) return Promise.resolve(this.onHello());
    const decisions = this.decisions;
    this.decisions = [];
    return Promise.resolve({
      ok: true,
      value: {
        v: 1,
        op: 'hello',
        connection: this.connection,
        mirrorSince: this.mirrorSince,
        helloAfterSeconds: this.helloAfterSeconds,
        decisions,
        statusToken: 'token',
      },
    });
  }

  open(): Promise<AppResult<OpenLink[]>> {
    return Promise.resolve(this.onOpen?.() ?? { ok: true, value: [...this.links.values()] });
  }

  async apply(_cluster: string, items: readonly ApplyItem[]): Promise<AppResult<ApplyResult[]>> {
    this.callsUnderWay += 1;
    this.mostCallsUnderWay = Math.max(this.mostCallsUnderWay, this.callsUnderWay);
    this.batches.push([...items]);
    await this.gate;
    this.callsUnderWay -= 1;
    const answer = this.onApply?.(items);
    if (answer !== undefined) return answer;
    return { ok: true, value: items.map((item) => this.onItem?.(item) ?? this.keep(item)) };
  }

  /** Makes calls of apply wait. @returns what lets them go on. */
  block(): () => void {
    let open = (): void => undefined;
    this.gate = new Promise((resolve) => (open = resolve));
    return () => {
      this.gate = undefined;
      open();
    };
  }

  private keep(item: ApplyItem): ApplyResult {
    this.applied.push(item);
    const { requestId, snapshot } = item;
    const isNew = !this.links.has(requestId);
    if (snapshot !== undefined) {
      this.links.set(requestId, {
        requestId,
        syncDigest: snapshot.syncDigest,
        state: snapshot.state,
        phase: 'linked',
      });
    }
    return { requestId, result: isNew ? 'created' : 'updated', issueId: '10001', issueKey: 'TAR-1' };
  }
}
