import { useEffect, useRef, useState } from 'react';
import type { RoutingTarget, SettingsDocument } from '../../../contract/admin';
import { call, type Value } from './api';

/** At most this many ids of a kind are named by one call. */
const AT_ONCE = 100;

/** Present names of stored ids. An id that is not in here is unknown to Jira, or not looked up yet. */
export interface Names {
  isLoaded: boolean;
  people: ReadonlyMap<string, { name: string; active: boolean }>;
  groups: ReadonlyMap<string, string>;
  projects: ReadonlyMap<string, { key: string; name: string }>;
}

const NONE: Names = { isLoaded: false, people: new Map(), groups: new Map(), projects: new Map() };

/** Ids to name. */
export interface Wanted {
  accountIds: readonly string[];
  groupIds: readonly string[];
  projectIds: readonly string[];
}

/** Looks up the names of ids; asks again when the ids change. A call that fails leaves the ids unnamed. */
export function useNames(wanted: Wanted): Names {
  const [names, setNames] = useState<Names>(NONE);
  const lists: Lists = [unique(wanted.accountIds), unique(wanted.groupIds), unique(wanted.projectIds)];
  const latest = useRef(lists);
  latest.current = lists;
  const question = JSON.stringify(lists);
  useEffect(() => {
    let isOver = false;
    void nameAll(latest.current).then((found) => {
      if (!isOver) setNames(found);
    });
    return () => {
      isOver = true;
    };
  }, [question]);
  return names;
}

/** All ids that settings name. */
export function idsIn(settings: SettingsDocument | null): Wanted {
  if (settings === null) return { accountIds: [], groupIds: [], projectIds: [] };
  const targets: RoutingTarget[] = [settings.catchAll, ...settings.rules.map(({ then }) => then)];
  return {
    accountIds: [
      ...targets.flatMap(({ approvers, watchers }) => [...approvers.accountIds, ...watchers]),
      ...settings.people.map(({ accountId }) => accountId),
    ],
    groupIds: targets.flatMap(({ approvers }) => approvers.groupIds),
    projectIds: settings.mappings.map(({ projectId }) => projectId),
  };
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)].sort();

type Lists = readonly [string[], string[], string[]];

async function nameAll([accountIds, groupIds, projectIds]: Lists): Promise<Names> {
  const pages = Math.ceil(Math.max(accountIds.length, groupIds.length, projectIds.length) / AT_ONCE);
  const answers: Value<'nameObjects'>[] = [];
  for (let page = 0; page < pages; page++) {
    const cut = (ids: string[]): string[] => ids.slice(page * AT_ONCE, (page + 1) * AT_ONCE);
    const outcome = await call('nameObjects', {
      ...{ accountIds: cut(accountIds), groupIds: cut(groupIds), projectIds: cut(projectIds) },
    });
    if (outcome.ok) answers.push(outcome.value);
  }
  return {
    isLoaded: true,
    people: new Map(
      answers.flatMap(({ people }) =>
        people.map(({ accountId, name, active }) => [accountId, { name, active }]),
      ),
    ),
    groups: new Map(answers.flatMap(({ groups }) => groups.map(({ id, name }) => [id, name]))),
    projects: new Map(
      answers.flatMap(({ projects }) => projects.map(({ id, key, name }) => [id, { key, name }])),
    ),
  };
}
