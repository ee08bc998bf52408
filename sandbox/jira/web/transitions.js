/* Moving an issue: by the transitions that Jira offers the acting person, never by names. */
import { CallError } from './dom.js';
import { jira } from './session.js';

/** Where the acting person may move an issue to. */
export async function transitionsOf(issueId) {
  const { transitions } = await jira(`issue/${issueId}/transitions`);
  return transitions;
}

/** Takes a transition. */
export async function take(issueId, transitionId) {
  await jira(`issue/${issueId}/transitions`, { method: 'POST', body: { transition: { id: transitionId } } });
}

/** Moves an issue to a status. Throws CallError when no transition leads there or Jira refuses. */
export async function moveTo(issueId, statusId, statusName) {
  const transition = (await transitionsOf(issueId)).find(({ to }) => to.id === statusId);
  if (transition === undefined)
    throw new CallError(`Jira offers you no transition to ${statusName} from where the issue is.`, 0);
  await take(issueId, transition.id);
}
