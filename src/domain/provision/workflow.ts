import type { Slot } from '../settings';
import { described, SLOT_STATUSES, type SlotIds } from './run';

/** A rule of a transition as Jira's workflow API takes it; all values of parameters are text (Jira REST v3, bulk create workflows). */
interface Rule {
  ruleKey: string;
  parameters: Record<string, string>;
}

/** Schema WorkflowCreateRequest, as far as it is used. */
export interface WorkflowDocument {
  scope: { type: 'GLOBAL' };
  statuses: {
    id: string;
    name: string;
    statusCategory: string;
    statusReference: string;
    description: string;
  }[];
  workflows: [
    {
      name: string;
      description: string;
      startPointLayout: { x: number; y: number };
      statuses: {
        statusReference: string;
        layout: { x: number; y: number };
        properties: Record<string, string>;
      }[];
      transitions: TransitionDocument[];
    },
  ];
}

interface TransitionDocument {
  id: string;
  name: string;
  description: string;
  type: 'INITIAL' | 'DIRECTED';
  toStatusReference: string;
  links: { fromStatusReference: string; fromPort: number; toPort: number }[];
  actions: Rule[];
  validators: Rule[];
  triggers: Rule[];
  properties: Record<string, string>;
  conditions?: { operation: 'ALL'; conditions: Rule[]; conditionGroups: never[] };
}

/** Who may take the transitions. */
export interface WorkflowGuards {
  /** The role that every app has in every project; apps' own transitions are for it. */
  appRoleId: string;
  /** Who approves and denies by moving cards; with nobody named, everybody who may move issues. */
  approverRoleIds: readonly string[];
  approverGroupIds: readonly string[];
}

/** Resolution of each outcome. */
export type OutcomeResolutions = Record<'approved' | 'denied' | 'expired', string>;

/** What a workflow is made from. */
export interface WorkflowPlan {
  name: string;
  statuses: Record<Slot, { id: string; name: string; category: string; description: string }>;
  /** Without guards everybody may take every transition; the app's own check of approvers remains. */
  guards: WorkflowGuards | undefined;
  /** Set on entry to an outcome and cleared on the way back. */
  resolutions: OutcomeResolutions | undefined;
}

interface PlannedTransition {
  name: string;
  /** Undefined for the transition that creates issues. */
  from: Slot | undefined;
  to: Slot;
  by: 'everybody' | 'approvers' | 'app';
}

/**
 * All transitions: new issues are Pending; people approve and deny; the app has its own way to each outcome and back, which
 * nobody else may take. There is a way back from Expired too: a request whose time had run out may turn out to have been
 * approved just before.
 */
const TRANSITIONS: readonly PlannedTransition[] = [
  { name: 'Create', from: undefined, to: 'pending', by: 'everybody' },
  { name: 'Approve', from: 'pending', to: 'approved', by: 'approvers' },
  { name: 'Deny', from: 'pending', to: 'denied', by: 'approvers' },
  { name: 'Approved in Teleport', from: 'pending', to: 'approved', by: 'app' },
  { name: 'Denied in Teleport', from: 'pending', to: 'denied', by: 'app' },
  { name: 'Expired', from: 'pending', to: 'expired', by: 'app' },
  { name: 'Put back approval', from: 'approved', to: 'pending', by: 'app' },
  { name: 'Put back denial', from: 'denied', to: 'pending', by: 'app' },
  { name: 'Put back expiry', from: 'expired', to: 'pending', by: 'app' },
];
/** Doubles of what people have; of use only while people cannot take them. */
const NEEDS_GUARDS = ['Approved in Teleport', 'Denied in Teleport'];

/** The workflow as Jira's API takes it, for validation and for creation. */
export function workflowDocument(plan: WorkflowPlan): WorkflowDocument {
  const slots: readonly Slot[] = ['pending', 'approved', 'denied', 'expired'];
  const transitions = TRANSITIONS.filter(
    ({ name }) => plan.guards !== undefined || !NEEDS_GUARDS.includes(name),
  );
  return {
    scope: { type: 'GLOBAL' },
    statuses: slots.map((slot) => {
      const { id, name, category, description } = plan.statuses[slot];
      return { id, name, statusCategory: category, statusReference: id, description };
    }),
    workflows: [
      {
        name: plan.name,
        description: described('Access requests of Teleport: Pending, then Approved, Denied or Expired.'),
        startPointLayout: { x: -120, y: 120 },
        statuses: slots.map((slot, index) => ({
          statusReference: plan.statuses[slot].id,
          layout: slot === 'pending' ? { x: 0, y: 120 } : { x: 300, y: 120 * (index - 1) },
          properties: {},
        })),
        transitions: transitions.map((transition, index) =>
          document(plan, transition, String(1 + index * 10)),
        ),
      },
    ],
  };
}

function document(
  plan: WorkflowPlan,
  { name, from, to, by }: PlannedTransition,
  id: string,
): TransitionDocument {
  const conditions = conditionsOf(plan.guards, by);
  return {
    id,
    name,
    description: '',
    type: from === undefined ? 'INITIAL' : 'DIRECTED',
    toStatusReference: plan.statuses[to].id,
    links:
      from === undefined ? [] : [{ fromStatusReference: plan.statuses[from].id, fromPort: 0, toPort: 0 }],
    actions:
      from === undefined || plan.resolutions === undefined ? [] : [setResolution(plan.resolutions, to)],
    validators: [],
    triggers: [],
    properties: {},
    ...(conditions.length > 0 && { conditions: { operation: 'ALL', conditions, conditionGroups: [] } }),
  };
}

function setResolution(resolutions: OutcomeResolutions, to: Slot): Rule {
  const value = to === 'pending' ? '' : resolutions[to];
  return { ruleKey: 'system:update-field', parameters: { field: 'resolution', value, mode: 'replace' } };
}

/** "By API only" alone would leave the app's transitions to everybody with an API token, the role alone to every automation. */
function conditionsOf(guards: WorkflowGuards | undefined, by: PlannedTransition['by']): Rule[] {
  if (guards === undefined || by === 'everybody') return [];
  if (by === 'app') {
    return [
      { ruleKey: 'system:restrict-from-all-users', parameters: { restrictMode: 'users' } },
      { ruleKey: 'system:restrict-issue-transition', parameters: { roleIds: guards.appRoleId } },
    ];
  }
  const { approverRoleIds, approverGroupIds } = guards;
  if (approverRoleIds.length + approverGroupIds.length === 0) return [];
  return [
    {
      ruleKey: 'system:restrict-issue-transition',
      parameters: {
        ...(approverRoleIds.length > 0 && { roleIds: approverRoleIds.join(',') }),
        ...(approverGroupIds.length > 0 && { groupIds: approverGroupIds.join(',') }),
      },
    },
  ];
}

/** A workflow as Jira describes it. */
export interface WorkflowView {
  id: string;
  name: string;
  description: string;
  statusIds: string[];
  transitions: { name: string; type: string; fromStatusIds: string[]; toStatusId: string }[];
}

/**
 * What a workflow lacks for access requests, in plain words; empty when it will do. Names of transitions do not count, only
 * where they lead; what else the workflow offers does not matter.
 */
export function workflowGaps(workflow: WorkflowView, ids: SlotIds): string[] {
  const initial = workflow.transitions.find(({ type }) => type === 'INITIAL');
  const leads = (from: Slot, to: Slot) =>
    workflow.transitions.some(
      ({ type, fromStatusIds, toStatusId }) =>
        toStatusId === ids[to] &&
        (type === 'GLOBAL' || (type === 'DIRECTED' && fromStatusIds.includes(ids[from]))),
    );
  const gaps = initial?.toStatusId === ids.pending ? [] : ['new issues do not start in Pending'];
  for (const { from, to } of TRANSITIONS) {
    const gap = `no transition leads from ${SLOT_STATUSES[from ?? 'pending'].name} to ${SLOT_STATUSES[to].name}`;
    if (from !== undefined && !leads(from, to) && !gaps.includes(gap)) gaps.push(gap);
  }
  return gaps;
}

/** Words by which resolutions are recognised, most fitting first; on sites in other languages the first resolution serves. */
const RESOLUTION_WORDS: Readonly<Record<keyof OutcomeResolutions, readonly string[]>> = {
  approved: ['approved', 'done', 'fixed'],
  denied: ['denied', 'declined', "won't do", "won't fix", 'rejected'],
  expired: ['expired', 'lapsed', "won't do", "won't fix"],
};

/** Chooses a resolution for each outcome; `undefined` on a site that has none. */
export function chooseResolutions(
  resolutions: readonly { id: string; name: string }[],
): OutcomeResolutions | undefined {
  const [first] = resolutions;
  if (first === undefined) return undefined;
  const choose = (outcome: keyof OutcomeResolutions): string => {
    const byWord = RESOLUTION_WORDS[outcome].flatMap((word) =>
      resolutions.filter(({ name }) => name.toLowerCase() === word),
    );
    return (byWord[0] ?? first).id;
  };
  return { approved: choose('approved'), denied: choose('denied'), expired: choose('expired') };
}
