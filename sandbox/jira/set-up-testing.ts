import type { JiraStore } from './store';

/** A workflow of the statuses that a new site has: To Do, In Progress, Done. */
export function workflowRequest(
  store: JiraStore,
  change: { name?: string; transitions?: object[]; statuses?: object[] } = {},
): object {
  const [toDo, inProgress, done] = [...store.statuses.values()];
  const reused = [toDo, inProgress, done].map((each) => ({
    ...{ id: each?.id, name: each?.name, statusCategory: each?.category, statusReference: each?.id },
  }));
  return {
    scope: { type: 'GLOBAL' },
    statuses: [...reused, ...(change.statuses ?? [])],
    workflows: [
      {
        name: change.name ?? 'Mine',
        statuses: reused.map(({ statusReference }) => ({ statusReference, properties: {} })),
        transitions: [
          { id: '1', name: 'Create', type: 'INITIAL', toStatusReference: toDo?.id, links: [] },
          ...(change.transitions ?? [{ ...directed(store, '11', 'Finish') }]),
        ],
      },
    ],
  };
}

/** A transition from To Do to Done. */
export function directed(store: JiraStore, id: string, name: string, more: object = {}): object {
  const [toDo, , done] = [...store.statuses.keys()];
  return {
    ...{ id, name, type: 'DIRECTED', toStatusReference: done },
    links: [{ fromStatusReference: toDo, fromPort: 0, toPort: 0 }],
    ...more,
  };
}
/** An id of an answer, as text. */
export function idIn(body: unknown, name = 'id'): string {
  const value: unknown =
    typeof body === 'object' && body !== null
      ? Object.entries(body).find(([key]) => key === name)?.[1]
      : undefined;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new Error(`no ${name} in ${JSON.stringify(body)}`);
  return String(value);
}
