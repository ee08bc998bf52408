import type { OutcomeView, WaitingView } from '../../../contract/issue-page';
import { texts } from './texts';
import { clockTime } from './times';

/** A message about a decision, with the tone that it is shown in. */
export interface Message {
  tone: 'info' | 'good' | 'bad';
  text: string;
}

/** Says that a decision is on its way. */
export function describeWaiting({ verdict, isMine, notAfter }: WaitingView): Message {
  const { mine, others, void: voidAfter } = texts.progress;
  return { tone: 'info', text: `${(isMine ? mine : others)[verdict]} ${voidAfter(clockTime(notAfter))}` };
}

/** Says what became of a decision. */
export function describeOutcome({ outcome, verdict, isMine }: OutcomeView): Message {
  const { outcomes, refusals } = texts;
  switch (outcome.kind) {
    case 'applied': {
      const words = outcomes.applied[verdict ?? 'approve'];
      return { tone: 'good', text: isMine ? words.mine : words.others };
    }
    case 'recorded':
      return { tone: 'good', text: `${outcomes.recorded} ${outcome.text}` };
    case 'already_resolved':
      return { tone: 'bad', text: outcomes.already_resolved };
    case 'refused':
      return { tone: 'bad', text: `${outcomes.refused} ${outcome.text}` };
    case 'gone':
      return { tone: 'bad', text: outcomes.gone };
    case 'withdrawn':
      return { tone: 'bad', text: `${outcomes.withdrawn} ${refusals[outcome.code]}` };
  }
}
