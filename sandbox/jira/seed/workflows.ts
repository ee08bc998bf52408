import { APP_ROLE_NAME } from '../credentials';
import type { Condition, FieldUpdate, Transition, Workflow } from '../model';
import type { JiraStore } from '../store';

/** Ids that workflows and projects are built from. */
export interface SeededParts {
  roles: { administrators: string; member: string; viewer: string; app: string };
  resolutions: { done: string; refused: string; lapsed: string };
}

/** Statuses of the access request workflow. */
export type RequestStatuses = Record<'pending' | 'approved' | 'denied' | 'expired', string>;

/** Names of the roles and resolutions, in the language of the site. The role of apps has the same name everywhere. */
const NAMES = {
  en: {
    roles: ['Administrators', 'Member', 'Viewer'],
    resolutions: ['Done', "Won't Do", 'Lapsed'],
  },
  de: {
    roles: ['Administratoren', 'Mitglied', 'Betrachter'],
    resolutions: ['Fertig', 'Wird nicht erledigt', 'Abgelaufen'],
  },
} as const;

/** Creates the roles and resolutions of the site. */
export function seedParts(store: JiraStore, language: 'en' | 'de' = 'en'): SeededParts {
  const { roles, resolutions } = NAMES[language];
  const role = (name: string): string => {
    const id = store.nextId('role');
    store.roles.set(id, name);
    return id;
  };
  const resolution = (name: string, description: string): string => {
    const id = store.nextId('resolution');
    store.resolutions.set(id, { id, name, description });
    return id;
  };
  return {
    roles: {
      administrators: role(roles[0]),
      member: role(roles[1]),
      viewer: role(roles[2]),
      app: role(APP_ROLE_NAME),
    },
    resolutions: {
      done: resolution(resolutions[0], 'Work has been completed on this issue.'),
      refused: resolution(resolutions[1], "This issue won't be actioned."),
      lapsed: resolution(resolutions[2], 'Nobody answered in time.'),
    },
  };
}

/** Creates a global status. */
export function seedStatus(
  store: JiraStore,
  name: string,
  category: 'TODO' | 'IN_PROGRESS' | 'DONE',
): string {
  const id = store.nextId('status');
  store.statuses.set(id, { id, name, description: '', category });
  return id;
}

/**
 * The workflow that a set-up by recipe makes: new issues are Pending, members approve and deny, and transitions of their own
 * for apps, by API only, which also put cards back. With `backlog` new issues start there and one transition leads to Pending.
 */
export function requestWorkflow(
  store: JiraStore,
  parts: SeededParts,
  statuses: RequestStatuses,
  backlog: string | undefined,
): Workflow {
  const { pending, approved, denied, expired } = statuses;
  const { done, refused, lapsed } = parts.resolutions;
  const members: Condition = {
    ruleKey: 'system:restrict-issue-transition',
    roleIds: [parts.roles.member],
  };
  const apps: Condition[] = [
    { ruleKey: 'system:restrict-from-all-users', restrictMode: 'users' },
    { ruleKey: 'system:restrict-issue-transition', roleIds: [parts.roles.app] },
  ];
  let nextId = 1;
  const transition = (
    name: string,
    from: string | undefined,
    to: string,
    more: { conditions?: Condition[]; withScreen?: boolean; updates?: FieldUpdate[] } = {},
  ): Transition => ({
    id: String(nextId++),
    name,
    type: from === undefined ? 'INITIAL' : 'DIRECTED',
    from: from === undefined ? [] : [from],
    to,
    conditions: more.conditions ?? [],
    ...(more.withScreen === true ? { screen: [{ fieldId: 'resolution', required: true }] } : {}),
    ...(more.updates === undefined ? {} : { updates: more.updates }),
  });
  const resolve = (value: string | null): FieldUpdate[] => [{ field: 'resolution', value }];
  const human = (name: string, to: string, resolution: string): Transition =>
    transition(name, pending, to, { conditions: [members], updates: resolve(resolution) });
  const putBack = (name: string, from: string): Transition =>
    transition(name, from, pending, { conditions: apps, updates: resolve(null) });
  return {
    id: store.nextId('workflow'),
    name: 'Teleport access requests workflow',
    statusIds: [...(backlog === undefined ? [] : [backlog]), pending, approved, denied, expired],
    transitions: [
      transition('Create', undefined, backlog ?? pending),
      human('Approve', approved, done),
      human('Deny', denied, refused),
      transition('Approved in Teleport', pending, approved, { conditions: apps, withScreen: true }),
      transition('Denied in Teleport', pending, denied, { conditions: apps, withScreen: true }),
      transition('Expired', pending, expired, { conditions: apps, updates: resolve(lapsed) }),
      putBack('Put back approval', approved),
      putBack('Put back denial', denied),
      putBack('Put back expiry', expired),
      ...(backlog === undefined ? [] : [transition('Start', backlog, pending)]),
    ],
  };
}

/** The workflow of a project that was not made for access requests: every status is open to everybody from everywhere. */
export function openWorkflow(store: JiraStore, name: string, statusIds: readonly string[]): Workflow {
  const [initial = ''] = statusIds;
  return {
    id: store.nextId('workflow'),
    name,
    statusIds: [...statusIds],
    transitions: [
      { id: '1', name: 'Create', type: 'INITIAL', from: [], to: initial, conditions: [] },
      ...statusIds.map((to, index): Transition => ({
        id: String(11 + index * 10),
        name: store.status(to).name,
        type: 'GLOBAL',
        from: [],
        to,
        conditions: [],
      })),
    ],
  };
}
