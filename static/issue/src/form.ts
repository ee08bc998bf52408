import type { IssuePageView, Permission, Verdict } from '../../../contract/issue-page';
import { el, fill } from './dom';
import { texts } from './texts';

/** Teleport's limit for a reason, in bytes. */
const MAX_REASON_BYTES = 4096;

/** Reason and buttons, or why there are none. */
export interface DecisionForm {
  element: HTMLElement;
  show(view: IssuePageView): void;
  setBusy(isBusy: boolean): void;
  clear(): void;
}

/** Makes the form. Buttons that are waiting stay where they are and can be reached, so that no focus is lost. */
export function createForm(decide: (verdict: Verdict, reason: string) => void): DecisionForm {
  const reason = el('textarea', {
    id: 'reason',
    rows: '2',
    'aria-describedby': 'reason-hint reason-problem',
  });
  const problem = el('p', { id: 'reason-problem', class: 'problem', role: 'alert' });
  const why = el('div');
  const buttons: Record<Verdict, HTMLButtonElement> = {
    approve: el('button', { type: 'button', class: 'button approve' }, texts.form.approve),
    deny: el('button', { type: 'button', class: 'button deny' }, texts.form.deny),
  };
  const fields = el(
    'div',
    { class: 'fields' },
    el('label', { for: 'reason' }, texts.form.reason),
    reason,
    el('p', { id: 'reason-hint', class: 'quiet hint' }, texts.form.reasonHint),
    problem,
    el('div', { class: 'buttons' }, buttons.approve, buttons.deny),
  );
  const element = el('section', { hidden: '' }, el('h2', {}, texts.form.title), why, fields);
  let denyNeedsReason = false;
  let isBusy = false;

  const complain = (text: string): void => {
    problem.textContent = text;
    reason.setAttribute('aria-invalid', 'true');
    reason.focus();
  };
  const press = (verdict: Verdict): void => {
    if (isBusy) return;
    const text = reason.value.trim();
    if (new TextEncoder().encode(text).length > MAX_REASON_BYTES) complain(texts.form.reasonLong);
    else if (verdict === 'deny' && denyNeedsReason && text === '') complain(texts.form.reasonNeeded);
    else decide(verdict, text);
  };
  reason.addEventListener('input', () => {
    problem.textContent = '';
    reason.removeAttribute('aria-invalid');
  });
  buttons.approve.addEventListener('click', () => press('approve'));
  buttons.deny.addEventListener('click', () => press('deny'));

  return {
    element,
    show({ may, request, denyNeedsReason: needed }) {
      denyNeedsReason = needed;
      element.hidden = request.state !== 'PENDING';
      fields.hidden = !may.approve.allowed && !may.deny.allowed;
      buttons.approve.hidden = !may.approve.allowed;
      buttons.deny.hidden = !may.deny.allowed;
      fill(why, explain(may));
    },
    setBusy(busy) {
      isBusy = busy;
      for (const button of Object.values(buttons)) button.setAttribute('aria-disabled', String(busy));
    },
    clear() {
      reason.value = '';
    },
  };
}

function explain({ approve, deny }: Record<Verdict, Permission>): HTMLElement[] {
  const { form, refusals } = texts;
  const say = (intro: string, code: keyof typeof refusals) => [el('p', {}, `${intro} ${refusals[code]}`)];
  if (approve.allowed) return deny.allowed ? [] : say(form.onlyApprove, deny.code);
  return say(deny.allowed ? form.onlyDeny : form.neither, approve.code);
}
