import type { JiraProblem } from '../ports';
import { done, missing, stopped, type Step, type StepContext, type StepOutcome } from './step';

const BY_HAND =
  'Requests show their decision page in the right column all the same; the panel can be added on an issue by its menu of apps.';
const LOOK_AGAIN_SECONDS = 1;

/**
 * The panel with the decision page, pinned so that every request of the project shows it. A pin that somebody took away afterwards
 * stays away, and a site that refuses pins does not hold up the set-up.
 */
export const panel: Step = async (context) => {
  const { services, known } = context;
  const { project } = known;
  if (project === undefined) return missing('The project');
  const isOurs = known.panel?.projectId === project.id;
  const task = isOurs && known.panel?.state === 'asked' ? known.panel.taskId : undefined;
  if (task !== undefined) return awaitTask(context, project.id, task);
  const pinned = await services.jira.isPanelPinned(project.id);
  if (!pinned.ok) return leftOutOr(pinned.problem);
  const more = { known: { panel: { projectId: project.id, state: 'pinned' as const } } };
  if (pinned.value) return done('found', 'The panel is pinned to the project.', more);
  if (isOurs && known.panel?.state === 'pinned')
    return done('attention', `The panel was unpinned since; the app leaves it so. ${BY_HAND}`);
  const begun = await services.jira.pinPanel(project.id);
  if (!begun.ok) return leftOutOr(begun.problem);
  await context.remember({ panel: { projectId: project.id, state: 'asked', taskId: begun.value } });
  return awaitTask(context, project.id, begun.value);
};

async function awaitTask({ services }: StepContext, projectId: string, taskId: string): Promise<StepOutcome> {
  const state = await services.jira.taskState(taskId);
  if (!state.ok) {
    // Jira forgets tasks after a while; the next pass looks at the project itself.
    if (state.problem.kind !== 'not_found') return stopped(state.problem);
    return done('attention', `Jira did not say whether it pinned the panel. Repair looks again. ${BY_HAND}`, {
      known: { panel: { projectId, state: 'failed' } },
    });
  }
  switch (state.value) {
    case 'running':
      return { kind: 'later', seconds: LOOK_AGAIN_SECONDS, text: 'Jira is pinning the panel.' };
    case 'complete':
      return done('created', 'The panel was pinned to the project.', {
        known: { panel: { projectId, state: 'pinned' } },
      });
    case 'failed':
      return done('attention', `Jira could not pin the panel. ${BY_HAND}`, {
        known: { panel: { projectId, state: 'failed' } },
      });
  }
}

/** What is only a convenience is left out where Jira does not offer or allow it. */
function leftOutOr(problem: JiraProblem): StepOutcome {
  const isLeftOut = problem.kind === 'not_found' || (problem.kind === 'refused' && problem.status !== 409);
  return isLeftOut ? done('skipped', `Jira does not let the panel be pinned. ${BY_HAND}`) : stopped(problem);
}
