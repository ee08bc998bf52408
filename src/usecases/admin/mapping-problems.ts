import type { SettingsProblem } from '../../../contract/admin';
import { SLOTS, type ProjectMapping } from '../../domain/settings';
import type { ProjectFacts } from '../ports';
import { unfilledFields } from './projects';

/** Why a mapping does not fit its project as it is now. Keys are those of the mapping. */
export function problemsOfMapping(mapping: ProjectMapping, project: ProjectFacts): SettingsProblem[] {
  const statusIds = project.statusIds.get(mapping.issueTypeId);
  if (project.archived) return [{ key: 'projectId', expected: 'a project that is not archived' }];
  if (project.typeKey === 'product_discovery')
    return [{ key: 'projectId', expected: 'a project that is not product discovery' }];
  if (statusIds === undefined) return [{ key: 'issueTypeId', expected: 'an issue type of the project' }];
  const slots = SLOTS.filter((slot) =>
    mapping.slots[slot].some((statusId) => !statusIds.includes(statusId)),
  ).map((slot) => ({ key: `slots.${slot}`, expected: 'statuses of the issue type' }));
  const fields = unfilledFields(project.fields)
    .filter(({ id }) => !(id in mapping.defaults))
    .map(({ id, name }) => ({
      key: `defaults.${id}`,
      expected: `a value for “${name}”, which Jira requires of new issues there`,
    }));
  return [...slots, ...fields];
}
