import type { Json } from './model';

/** A field of issues as createmeta and transition meta show it. */
export interface FieldDefinition {
  id: string;
  name: string;
  schema: { type: string; system?: string; items?: string; custom?: string; customId?: number };
  operations: string[];
  /** Permission without which the field cannot be set. */
  permission?: string;
  /** Whether Jira fills it when the caller does not. */
  hasDefault?: boolean;
}

const system = (
  id: string,
  name: string,
  type: string,
  operations: string[],
  more: Partial<FieldDefinition> = {},
): FieldDefinition => ({ id, name, schema: { type, system: id }, operations, ...more });

/** The custom field that OPS wants for a Task. */
export const COST_CENTRE = 'customfield_10050';

const DEFINITIONS: readonly FieldDefinition[] = [
  system('summary', 'Summary', 'string', ['set']),
  system('issuetype', 'Issue Type', 'issuetype', []),
  system('project', 'Project', 'project', ['set']),
  system('description', 'Description', 'string', ['set']),
  system('labels', 'Labels', 'array', ['add', 'set', 'remove'], {
    schema: { type: 'array', items: 'string', system: 'labels' },
  }),
  system('reporter', 'Reporter', 'user', ['set'], { permission: 'MODIFY_REPORTER', hasDefault: true }),
  system('assignee', 'Assignee', 'user', ['set'], { permission: 'ASSIGN_ISSUES' }),
  system('priority', 'Priority', 'priority', ['set'], { hasDefault: true }),
  system('duedate', 'Due date', 'date', ['set'], { permission: 'SCHEDULE_ISSUES' }),
  system('resolution', 'Resolution', 'resolution', ['set']),
  system('comment', 'Comment', 'comments-page', ['add']),
  {
    id: COST_CENTRE,
    name: 'Cost centre',
    schema: {
      type: 'string',
      custom: 'com.atlassian.jira.plugin.system.customfieldtypes:textfield',
      customId: 10050,
    },
    operations: ['set'],
  },
];

const BY_ID = new Map(DEFINITIONS.map((definition) => [definition.id, definition]));

export function fieldDefinition(fieldId: string): FieldDefinition | undefined {
  return BY_ID.get(fieldId);
}

/** The one priority that the simulated sites have in their priority scheme. */
export const PRIORITY_ID = '3';

/** Schema FieldMetadata for a field on a screen. */
export function fieldMetadata(
  fieldId: string,
  required: boolean,
  allowedValues?: Json[],
): Record<string, Json> | undefined {
  const definition = fieldDefinition(fieldId);
  if (definition === undefined) return undefined;
  return {
    required,
    schema: { ...definition.schema },
    name: definition.name,
    key: definition.id,
    hasDefaultValue: definition.hasDefault === true,
    operations: [...definition.operations],
    ...(allowedValues === undefined ? {} : { allowedValues }),
  };
}
