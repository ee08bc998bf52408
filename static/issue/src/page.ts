import type { IssuePageView, Verdict } from '../../../contract/issue-page';
import { el, fill } from './dom';
import { approvers, facts, reviews, teleportLink } from './facts';
import { createForm, type DecisionForm } from './form';
import type { Message } from './outcome';
import { texts } from './texts';
import { span } from './times';

/** The page, made once; each view is put into its parts, so that what a person wrote and where they are stays. */
export class Page {
  private readonly state = el('div', { class: 'head' });
  private readonly countdown = el('p', { class: 'countdown' });
  private readonly notices = el('div', { class: 'notices' });
  private readonly facts = el('div');
  private readonly reviews = el('section');
  private readonly message = el('div', { class: 'live', role: 'status', 'aria-live': 'polite' });
  private readonly who = el('section', { class: 'who' });
  private readonly form: DecisionForm;
  private ends: number | undefined;
  /** What the app's clock is ahead of this machine's, in milliseconds. */
  private ahead = 0;

  constructor(root: Element, decide: (verdict: Verdict, reason: string) => void) {
    this.form = createForm(decide);
    root.replaceChildren(
      el('h1', { class: 'visually-hidden' }, texts.title),
      this.state,
      this.countdown,
      this.notices,
      this.facts,
      this.reviews,
      this.form.element,
      this.message,
      this.who,
    );
  }

  /** Shows what the app says now. */
  show(view: IssuePageView): void {
    const { request } = view;
    this.ahead = Date.parse(view.now) - Date.now();
    this.ends =
      request.state === 'PENDING' && request.requestExpiresAt !== undefined
        ? Date.parse(request.requestExpiresAt)
        : undefined;
    fill(
      this.state,
      el('span', { class: `lozenge ${request.state.toLowerCase()}` }, texts.states[request.state]),
    );
    // The link acts by itself, so it is put there anew each time and not compared.
    if (request.teleportUrl !== undefined) this.state.append(teleportLink(request.teleportUrl));
    this.tick();
    fill(this.notices, notices(view));
    fill(this.facts, facts(request));
    fill(this.reviews, reviews(request));
    fill(this.who, request.state === 'PENDING' ? approvers(view.approvers) : []);
    this.form.show(view);
  }

  /** Moves the countdown on. */
  tick(): void {
    const left = this.ends === undefined ? undefined : this.ends - Date.now() - this.ahead;
    this.countdown.hidden = left === undefined;
    if (left === undefined) return;
    const words = span(left);
    this.countdown.textContent = words === undefined ? texts.countdown.over : texts.countdown.left(words);
  }

  /** Says something about a decision, aloud for those who listen; with a way to try again where there is one. */
  say(message: Message | undefined, again?: () => void): void {
    if (message === undefined) {
      fill(this.message);
      return;
    }
    const box = el('div', { class: `message ${message.tone}` }, el('p', {}, message.text));
    if (again !== undefined) {
      const button = el('button', { type: 'button', class: 'button' }, texts.again);
      button.addEventListener('click', again);
      box.append(button);
      this.message.replaceChildren(box);
      return;
    }
    fill(this.message, box);
  }

  /** While a decision is on its way, none can be made. */
  setBusy(isBusy: boolean): void {
    this.form.setBusy(isBusy);
  }

  /** Empties the reason once it was taken. */
  clearReason(): void {
    this.form.clear();
  }
}

function notices({ isEdited, request }: IssuePageView): HTMLElement[] {
  const isCut = request.cut.length > 0;
  return [
    ...(isEdited && request.state === 'PENDING' ? [warning(texts.edited)] : []),
    ...(isCut ? [warning(texts.incomplete)] : []),
    ...(request.kind === 'LONG_TERM' ? [warning(texts.longTerm)] : []),
  ];
}

function warning(text: string): HTMLElement {
  return el('div', { class: 'message warn' }, el('p', {}, text));
}
