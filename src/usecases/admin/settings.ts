import * as z from 'zod';
import type { AdminResult, SettingsProblem } from '../../../contract/admin';
import { doc, inline, paragraph } from '../../domain/adf';
import { settings as settingsSchema, type ProjectMapping, type Settings } from '../../domain/settings';
import type { JiraProblem, ProjectFacts, Services } from '../ports';
import { problemsOfMapping } from './mapping-problems';
import { badInput, failed, succeeded, type Caller } from './results';

const saveInput = z.object({ settings: z.unknown(), version: z.int().nonnegative() });

/** The stored settings with their version; version 0 means that there are none yet. */
export async function getSettings(
  services: Services,
): Promise<AdminResult<{ settings: Settings | null; version: number }>> {
  const stored = await services.settings.read();
  return succeeded({ settings: stored?.settings ?? null, version: stored?.version ?? 0 });
}

/** Checks settings against their schema and against Jira, and stores them unless somebody else saved meanwhile. */
export async function saveSettings(
  services: Services,
  payload: unknown,
  caller: Caller,
): Promise<AdminResult<{ version: number }>> {
  const input = saveInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const parsed = settingsSchema.safeParse(input.data.settings);
  if (!parsed.success) return badInput(parsed.error);
  const looked = await lookAtMappings(services, parsed.data.mappings);
  if ('problem' in looked) return failed({ code: 'jira_unavailable', text: looked.problem.detail });
  if (looked.problems.length > 0) return failed({ code: 'bad_input', problems: looked.problems });
  const version = input.data.version + 1;
  const isStored = await services.settings.write({
    settings: { ...parsed.data, mappings: looked.mappings },
    version,
    serviceProjectIds: looked.serviceProjectIds,
  });
  if (!isStored) {
    return failed({
      code: 'conflict',
      text: 'Somebody else saved the settings meanwhile. Load them again, then save your change.',
    });
  }
  await services.activity.add({
    kind: 'settings',
    code: 'saved',
    text: `The settings were saved (version ${version}).`,
    ...caller,
  });
  return succeeded({ version });
}

/** The mapped projects as they are now. */
interface LookedAt {
  mappings: ProjectMapping[];
  problems: SettingsProblem[];
  serviceProjectIds: string[];
}

async function lookAtMappings(
  services: Services,
  mappings: readonly ProjectMapping[],
): Promise<LookedAt | { problem: JiraProblem }> {
  const found: LookedAt = { mappings: [], problems: [], serviceProjectIds: [] };
  for (const [index, mapping] of mappings.entries()) {
    const project = await services.projects.read(mapping.projectId, mapping.issueTypeId);
    const complain = ({ key, expected }: SettingsProblem) =>
      found.problems.push({ key: `mappings.${index}.${key}`, expected });
    if (project.ok) {
      problemsOfMapping(mapping, project.value).forEach(complain);
      found.mappings.push(withDocuments(mapping, project.value));
      if (project.value.typeKey === 'service_desk') found.serviceProjectIds.push(mapping.projectId);
    } else if (project.problem.kind === 'not_found' || project.problem.kind === 'refused')
      complain({ key: 'projectId', expected: 'a project that the app can see' });
    else return { problem: project.problem };
  }
  return found;
}

/** Texts for fields that Jira stores with formatting become documents, which is the only form that it takes for them. */
function withDocuments(mapping: ProjectMapping, { fields }: ProjectFacts): ProjectMapping {
  const defaults = Object.entries(mapping.defaults).map(([id, value]) => {
    const isDocument = fields.some((field) => field.id === id && field.type === 'document');
    const isText = typeof value === 'string' && value !== '';
    return [id, isDocument && isText ? asJson(doc(paragraph(inline(value)))) : value] as const;
  });
  return { ...mapping, defaults: Object.fromEntries(defaults) };
}

function asJson(value: unknown): z.core.util.JSONType {
  return z.json().parse(value);
}
