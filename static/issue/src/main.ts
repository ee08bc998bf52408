import { view } from '@forge/bridge';
import type { IssuePageView, Progress, Verdict } from '../../../contract/issue-page';
import { api } from './api';
import { el } from './dom';
import { describeOutcome, describeWaiting } from './outcome';
import { Page } from './page';
import './style.css';
import { texts } from './texts';

/** How often a waiting decision is asked for, and a page at rest, in milliseconds. */
const WAITING_MS = 1000;
const RESTING_MS = 30_000;
const TICK_MS = 1000;
/** A call without an answer is repeated so often by itself, after so long, in milliseconds. */
const REPEATS = 2;
const REPEAT_AFTER_MS = 1500;

/** A decision that a person made here. The same id goes with every repetition, so that it counts once. */
interface Made {
  verdict: Verdict;
  reason: string;
  uuid: string;
  grantDigest: string;
}

class Controller {
  private page: Page | undefined;
  private shown: IssuePageView | undefined;
  private timer: number | undefined;
  /** The decision whose way is followed, whoever made it. */
  private followed: string | undefined;
  private isSending = false;

  constructor(private readonly root: Element) {}

  async start(): Promise<void> {
    this.root.replaceChildren(el('p', { role: 'status', class: 'quiet' }, texts.loading));
    await this.refresh();
    setInterval(() => this.page?.tick(), TICK_MS);
  }

  /** Reads everything anew. */
  private async refresh(): Promise<void> {
    const answer = await api.show();
    if (answer.ok) {
      this.page ??= new Page(this.root, (verdict, reason) => this.decide(verdict, reason));
      this.shown = answer.value;
      this.page.show(answer.value);
      this.follow(answer.value);
      return;
    }
    const { code } = answer.error;
    if (this.page !== undefined && (code === 'unreachable' || code === 'unavailable')) {
      this.schedule();
      return;
    }
    this.page = undefined;
    this.shown = undefined;
    const again = el('button', { type: 'button', class: 'button' }, texts.again);
    again.addEventListener('click', () => void this.refresh());
    const isFinal = code === 'nothing_here' || code === 'detached';
    this.root.replaceChildren(
      el('h1', { class: 'visually-hidden' }, texts.title),
      el(
        'div',
        { class: 'message info', role: 'status' },
        el('p', {}, texts.errors[code]),
        !isFinal && again,
      ),
    );
  }

  /** Says where the newest decision stands, and comes back for more while it is on its way. */
  private follow(progress: Progress): void {
    const { waiting, last } = progress;
    if (!this.isSending) {
      this.page?.setBusy(
        waiting !== undefined && !(this.shown?.may.deny.allowed === true && !waiting.isMine),
      );
      if (waiting !== undefined) {
        this.followed = waiting.decisionId;
        this.page?.say(describeWaiting(waiting));
      } else if (last !== undefined && (last.decisionId === this.followed || last.isMine)) {
        this.page?.say(describeOutcome(last));
      }
    }
    this.schedule(waiting !== undefined ? WAITING_MS : RESTING_MS);
  }

  private schedule(after = RESTING_MS): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(), after);
  }

  private async look(): Promise<void> {
    if (this.isSending) {
      this.schedule(WAITING_MS);
      return;
    }
    const answer = await api.follow();
    if (!answer.ok || this.shown === undefined) {
      if (answer.ok || answer.error.code === 'unreachable' || answer.error.code === 'unavailable')
        this.schedule();
      else await this.refresh();
      return;
    }
    const { state, waiting, last } = answer.value;
    const isNew =
      state !== this.shown.state ||
      waiting?.decisionId !== this.shown.waiting?.decisionId ||
      last?.decisionId !== this.shown.last?.decisionId;
    if (isNew || waiting === undefined) await this.refresh();
    else this.follow(answer.value);
  }

  private decide(verdict: Verdict, reason: string): void {
    if (this.isSending || this.shown === undefined) return;
    const { grantDigest } = this.shown;
    void this.send({ verdict, reason, grantDigest, uuid: crypto.randomUUID() });
  }

  private async send(made: Made): Promise<void> {
    this.isSending = true;
    this.page?.setBusy(true);
    this.page?.say({ tone: 'info', text: texts.progress.sending[made.verdict] });
    const answer = await this.deliver(made);
    this.isSending = false;
    this.page?.setBusy(false);
    if (!answer.ok) {
      const { code } = answer.error;
      const isUnsure = code === 'unreachable' || code === 'unavailable';
      const text = isUnsure ? texts.progress.unsure : texts.errors[code];
      this.page?.say({ tone: 'bad', text }, isUnsure ? () => void this.send(made) : undefined);
      return;
    }
    if (answer.value.result === 'refused') {
      const text = `${texts.progress.refused} ${texts.refusals[answer.value.code]}`;
      await this.refresh();
      this.page?.say({ tone: 'bad', text });
      return;
    }
    this.page?.clearReason();
    const { progress } = answer.value;
    this.followed = progress.waiting?.decisionId ?? progress.last?.decisionId;
    this.follow(progress);
    if (progress.waiting === undefined) await this.refresh();
    else if (this.shown !== undefined) this.shown = { ...this.shown, ...progress };
  }

  private async deliver(made: Made): ReturnType<typeof api.decide> {
    for (let repeats = 0; ; repeats++) {
      const answer = await api.decide(made);
      if (answer.ok || answer.error.code !== 'unreachable' || repeats === REPEATS) return answer;
      await new Promise((resolve) => setTimeout(resolve, REPEAT_AFTER_MS));
    }
  }
}

/** Starts the page in the element that index.html has for it. */
async function start(): Promise<void> {
  const root = document.getElementById('page');
  if (root === null) throw new Error('The page has no place for the app.');
  await view.theme.enable();
  await new Controller(root).start();
  await view.emitReadyEvent();
}

void start();
