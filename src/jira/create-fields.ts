import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraResult, Place } from '../usecases/ports';
import type { CreateField } from '../usecases/ports-catalogue';
import type { JiraClient } from './client';

const createFields = z.object({
  fields: z.array(
    z.object({
      fieldId: z.string(),
      name: z.string(),
      required: z.boolean(),
      hasDefaultValue: z.boolean().default(false),
      schema: z.object({ type: z.string(), items: z.string().optional(), custom: z.string().optional() }),
      allowedValues: z
        .array(
          z.object({ id: z.string().optional(), name: z.string().optional(), value: z.string().optional() }),
        )
        .optional(),
    }),
  ),
});
type RawField = z.infer<typeof createFields>['fields'][number];

/** A custom field of this type holds a document (Jira REST v3, ADF in text areas). */
const TEXT_AREA = ':textarea';

/** The create screen of an issue type, as far as the app may set its fields (Jira REST v3, create meta: 200 fields at most). */
export async function readCreateFields(jira: JiraClient, place: Place): Promise<JiraResult<CreateField[]>> {
  const { projectId, issueTypeId } = place;
  const read = await jira.call(
    { route: route`/rest/api/3/issue/createmeta/${projectId}/issuetypes/${issueTypeId}?maxResults=200` },
    createFields,
  );
  return read.ok ? { ok: true, value: read.value.fields.map(viewOf) } : read;
}

function viewOf(field: RawField): CreateField {
  const isDocument = field.schema.custom?.endsWith(TEXT_AREA) === true;
  const choices = field.allowedValues?.flatMap(({ id, name, value }) =>
    id === undefined ? [] : [{ id, label: name ?? value ?? id }],
  );
  return {
    id: field.fieldId,
    name: field.name,
    type: isDocument ? 'document' : field.schema.type,
    itemType: field.schema.items,
    required: field.required,
    hasDefault: field.hasDefaultValue,
    choices: choices?.length === 0 ? undefined : choices,
  };
}
