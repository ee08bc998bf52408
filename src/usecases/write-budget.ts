import type { Deadline, JiraProblem, JiraResult, Services } from './ports';

const OUT_OF_TIME: JiraProblem = {
  kind: 'rate_limited',
  retryAfterSeconds: 1,
  detail: 'Out of time in this call.',
};

/** The same services, whose Jira writes are no longer begun once the deadline is over: for certain, nothing was done then. */
export function withinBudget(services: Services, deadline: Deadline): Services {
  const { issues } = services;
  const unlessLate = async <T>(write: () => Promise<JiraResult<T>>): Promise<JiraResult<T>> =>
    deadline.isOver() ? { ok: false, problem: OUT_OF_TIME } : write();
  return {
    ...services,
    issues: {
      ...issues,
      create: (input) => unlessLate(() => issues.create(input)),
      edit: (id, content) => unlessLate(() => issues.edit(id, content)),
      sayAndMark: (id, input) => unlessLate(() => issues.sayAndMark(id, input)),
      addWatcher: (id, accountId) => unlessLate(() => issues.addWatcher(id, accountId)),
      addComment: (id, body, options) => unlessLate(() => issues.addComment(id, body, options)),
      updateComment: (id, comment, body) => unlessLate(() => issues.updateComment(id, comment, body)),
      deleteComment: (id, comment) => unlessLate(() => issues.deleteComment(id, comment)),
      transition: (id, input) => unlessLate(() => issues.transition(id, input)),
      setProperty: (id, property) => unlessLate(() => issues.setProperty(id, property)),
      linkToTeleport: (id, input) => unlessLate(() => issues.linkToTeleport(id, input)),
    },
  };
}
