import type { HealthCheck } from '../../../contract/admin';
import type { ProjectMapping } from '../../domain/settings';
import { openOutcomes, pathWarnings } from '../../domain/slot-paths';
import type { ProjectFacts, Services } from '../ports';
import { NEEDED_PERMISSIONS } from '../provision/verify-step';
import { check, warning } from './health-check';
import { problemsOfMapping } from './mapping-problems';
import { OPTIONAL_FIELDS } from '../optional-fields';
import { missingOptional, pathsBy } from './projects';

/** What does not fit in the project of a mapping, and what its administrator should know. */
export async function checkMapping(services: Services, mapping: ProjectMapping): Promise<HealthCheck[]> {
  const project = await services.projects.read(mapping.projectId, mapping.issueTypeId);
  if (!project.ok) {
    const isGone = project.problem.kind === 'not_found' || project.problem.kind === 'refused';
    const text = isGone
      ? `Project ${mapping.projectId} was deleted, or the app may not see it. Its requests wait.`
      : `Project ${mapping.projectId} could not be read: ${project.problem.detail}`;
    return [
      { code: 'project', ok: false, text, fix: 'Give the app access to the project, or choose another one.' },
    ];
  }
  const { key, fields } = project.value;
  const problems = problemsOfMapping(mapping, project.value);
  const missing = await services.projects.missingPermissions(mapping.projectId, NEEDED_PERMISSIONS);
  const missingKeys = missing.ok ? missing.value : NEEDED_PERMISSIONS;
  const checks = [
    check('project', problems.length === 0, {
      good: `Project ${key} fits the settings.`,
      bad: `Project ${key} does not fit: ${problems.map((problem) => `${problem.key} needs ${problem.expected}`).join('; ')}. Its requests wait.`,
      fix: 'Mend the project or choose its statuses and type again.',
    }),
    check('permissions', missingKeys.length === 0, {
      good: `The app has the permissions that it needs in project ${key}.`,
      bad: `The app lacks permissions in project ${key}: ${missingKeys.join(', ')}. What needs them waits.`,
      fix: 'Grant them to the role atlassian-addons-project-access in the permission scheme.',
    }),
    ...(await checkPublic(services, mapping.projectId, key)),
    ...(await checkDropped(services, mapping, key, missingOptional(fields, OPTIONAL_FIELDS))),
  ];
  return problems.length === 0 ? [...checks, ...(await checkWays(services, mapping, project.value))] : checks;
}

/** Ways between the statuses that the app lacks, and ways that are open to more people than those who may decide. */
async function checkWays(
  services: Services,
  mapping: ProjectMapping,
  { key, isTeamManaged }: ProjectFacts,
): Promise<HealthCheck[]> {
  const workflow = await services.catalogue.workflow(mapping);
  const paths = await pathsBy(services, mapping, mapping.slots, workflow);
  const missing = (paths.ok ? pathWarnings(paths.value) : []).map((text) =>
    warning(
      'transitions',
      `Project ${key}: ${text}`,
      'Add the transition to the workflow, for the role atlassian-addons-project-access.',
    ),
  );
  // Where nothing can be limited, a warning would never go; the page names it among the limits of the project.
  const open = workflow.ok && !isTeamManaged ? openOutcomes(mapping.slots, workflow.value) : [];
  if (open.length === 0) return missing;
  return [
    ...missing,
    warning(
      'open_transitions',
      `Project ${key}: everybody who may move its issues can move a card to ${open.join(' or ')}. The app puts back what somebody else than an approver moved, but until then the card stands there.`,
      'Put a condition on these transitions that lets only the approvers take them, by group or role.',
    ),
  ];
}

/** Issues say who asks for which access and why; a project that the public may look at tells that to everybody. */
async function checkPublic(services: Services, projectId: string, key: string): Promise<HealthCheck[]> {
  const isPublic = await services.projects.isPublic(projectId);
  if (!isPublic.ok || isPublic.value !== true) return [];
  return [
    warning(
      'public_project',
      `Anybody on the internet may look at project ${key}, and so at who asks for which access and why.`,
      'Take “Public” out of “Browse Projects” in the permission scheme of the project.',
    ),
  ];
}

/** Optional fields that are left out, as long as the screen lacks them; once it has them again they are set again. */
async function checkDropped(
  services: Services,
  mapping: ProjectMapping,
  key: string,
  missing: readonly string[],
): Promise<HealthCheck[]> {
  const dropped = await services.droppedFields.read(mapping);
  if (dropped.length === 0) return [];
  const still = dropped.filter(({ field }) => missing.includes(field));
  if (still.length < dropped.length) await services.droppedFields.write(mapping, still);
  return still.map(({ field }) =>
    warning(
      'optional_field',
      `New issues of project ${key} are made without ${field}, because its create screen lacks it.`,
      `Add ${field} to the create screen if you want it.`,
    ),
  );
}
