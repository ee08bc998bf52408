import {
  chooseResolutions,
  workflowDocument,
  workflowGaps,
  type WorkflowPlan,
  type WorkflowView,
} from './workflow';

const status = (id: string, name: string, category = 'DONE') => ({ id, name, category, description: '' });
const plan: WorkflowPlan = {
  name: 'Requests',
  statuses: {
    pending: status('1', 'Pending', 'IN_PROGRESS'),
    approved: status('2', 'Approved'),
    denied: status('3', 'Denied'),
    expired: status('4', 'Expired'),
  },
  guards: { appRoleId: '10', approverRoleIds: ['11'], approverGroupIds: ['g-1', 'g-2'] },
  resolutions: { approved: '20', denied: '21', expired: '22' },
};
const ids = { pending: '1', approved: '2', denied: '3', expired: '4' };
const transitionsOf = (of: WorkflowPlan) => workflowDocument(of).workflows[0].transitions;
const named = (of: WorkflowPlan, name: string) =>
  transitionsOf(of).find((transition) => transition.name === name);

/** How Jira would describe the document. */
function viewOf(of: WorkflowPlan): WorkflowView {
  const [{ name, description, statuses, transitions }] = workflowDocument(of).workflows;
  return {
    ...{ id: 'w', name, description },
    statusIds: statuses.map(({ statusReference }) => statusReference),
    transitions: transitions.map(({ name: transition, type, toStatusReference, links }) => ({
      ...{ name: transition, type, toStatusId: toStatusReference },
      fromStatusIds: links.map(({ fromStatusReference }) => fromStatusReference),
    })),
  };
}

describe('the workflow', () => {
  it('creates issues in Pending, by its one initial transition', () => {
    const initial = transitionsOf(plan).filter(({ type }) => type === 'INITIAL');
    expect(initial).toMatchObject([{ name: 'Create', toStatusReference: '1', links: [], actions: [] }]);
    expect(initial[0]).not.toHaveProperty('conditions');
  });

  it('has names and ids that are unique', () => {
    const transitions = transitionsOf(plan);
    expect(new Set(transitions.map(({ name }) => name)).size).toBe(transitions.length);
    expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length);
    expect(transitions.every(({ id }) => /^\d+$/.test(id))).toBe(true);
  });

  it('lets approvers approve and deny, and the app alone do everything else, by API and role', () => {
    const approvers = {
      ruleKey: 'system:restrict-issue-transition',
      parameters: { roleIds: '11', groupIds: 'g-1,g-2' },
    };
    const app = [
      { ruleKey: 'system:restrict-from-all-users', parameters: { restrictMode: 'users' } },
      { ruleKey: 'system:restrict-issue-transition', parameters: { roleIds: '10' } },
    ];
    const conditions = Object.fromEntries(
      transitionsOf(plan).map((transition) => [transition.name, transition.conditions?.conditions ?? []]),
    );
    expect(conditions).toEqual({
      Create: [],
      Approve: [approvers],
      Deny: [approvers],
      'Approved in Teleport': app,
      'Denied in Teleport': app,
      Expired: app,
      'Put back approval': app,
      'Put back denial': app,
      'Put back expiry': app,
    });
  });

  it('names only who is known', () => {
    const guards = { appRoleId: '10', approverRoleIds: [], approverGroupIds: ['g-1'] };
    expect(named({ ...plan, guards }, 'Approve')?.conditions?.conditions).toEqual([
      { ruleKey: 'system:restrict-issue-transition', parameters: { groupIds: 'g-1' } },
    ]);
    const nobody = { ...guards, approverGroupIds: [] };
    expect(named({ ...plan, guards: nobody }, 'Approve')?.conditions).toBeUndefined();
    expect(named({ ...plan, guards: nobody }, 'Expired')?.conditions?.conditions).toHaveLength(2);
  });

  it('sets the resolution on entry to an outcome and clears it on the way back', () => {
    const value = (name: string) => named(plan, name)?.actions.map(({ parameters }) => parameters.value);
    expect(value('Approve')).toEqual(['20']);
    expect(value('Denied in Teleport')).toEqual(['21']);
    expect(value('Expired')).toEqual(['22']);
    expect(value('Put back denial')).toEqual(['']);
    expect(transitionsOf({ ...plan, resolutions: undefined }).flatMap(({ actions }) => actions)).toEqual([]);
  });

  it('without guards has no doubles', () => {
    expect(transitionsOf({ ...plan, guards: undefined }).map(({ name }) => name)).not.toContain(
      'Approved in Teleport',
    );
    expect(
      transitionsOf({ ...plan, guards: undefined }).flatMap(({ conditions }) => conditions ?? []),
    ).toEqual([]);
  });
});

describe('what a workflow lacks', () => {
  it('is nothing for the one that is made, with guards or without', () => {
    expect(workflowGaps(viewOf(plan), ids)).toEqual([]);
    expect(workflowGaps(viewOf({ ...plan, guards: undefined }), ids)).toEqual([]);
  });

  it('is nothing where every status is open from everywhere', () => {
    const transitions = Object.values(ids).map((id) => ({
      name: id,
      type: 'GLOBAL',
      fromStatusIds: [],
      toStatusId: id,
    }));
    const initial = { name: 'Create', type: 'INITIAL', fromStatusIds: [], toStatusId: '1' };
    expect(workflowGaps({ ...viewOf(plan), transitions: [initial, ...transitions] }, ids)).toEqual([]);
  });

  it('is told in words, each once', () => {
    const transitions = viewOf(plan)
      .transitions.filter(({ toStatusId }) => toStatusId !== '3')
      .map((transition) => (transition.type === 'INITIAL' ? { ...transition, toStatusId: '9' } : transition));
    expect(workflowGaps({ ...viewOf(plan), transitions }, ids)).toEqual([
      'new issues do not start in Pending',
      'no transition leads from Pending to Denied',
    ]);
  });
});

describe('resolutions', () => {
  it('are chosen by words, and else the first serves', () => {
    const english = [
      { id: '1', name: 'Duplicate' },
      { id: '2', name: 'Done' },
      { id: '3', name: "Won't Do" },
    ];
    expect(chooseResolutions(english)).toEqual({ approved: '2', denied: '3', expired: '3' });
    expect(chooseResolutions([{ id: '7', name: 'Fertig' }])).toEqual({
      approved: '7',
      denied: '7',
      expired: '7',
    });
    expect(chooseResolutions([])).toBeUndefined();
  });
});
