import { checkDocument } from './adf';
import { ApiError, fieldErrors } from './errors';
import { fieldDefinition, PRIORITY_ID } from './field-definitions';
import type { Account, Issue, Json, Project, ScreenField } from './model';
import type { Permissions } from './permissions';
import type { JiraStore } from './store';

/** New values of fields, checked. */
export interface FieldPatch {
  summary?: string;
  description?: Json;
  labels?: string[];
  reporterId?: string;
  assigneeId?: string | null;
  priorityId?: string;
  duedate?: string | null;
  resolutionId?: string | null;
  custom?: Record<string, Json>;
  /** Bodies of comments to add (`update.comment`). */
  comments?: Json[];
}

/** `fields` and `update` of a request body. */
export interface FieldInput {
  fields?: Record<string, Json> | undefined;
  update?: Record<string, Record<string, Json>[]> | undefined;
}

const MAX_SUMMARY = 255;
/** Fields that say where an issue goes; the operations deal with them themselves. */
const PLACE = new Set(['project', 'issuetype']);

/** Checks values against a screen, the caller's permissions and the limits of each field. */
export class FieldReader {
  constructor(
    private readonly store: JiraStore,
    private readonly permissions: Permissions,
    private readonly account: Account,
    private readonly project: Project,
    private readonly issue: Issue | undefined,
  ) {}

  /** @throws ApiError 400 that names every field at fault. */
  read(input: FieldInput, screen: readonly ScreenField[], options: { requireAll: boolean }): FieldPatch {
    const errors: Record<string, string> = {};
    const patch: FieldPatch = {};
    const attempt = (fieldId: string, apply: () => void): void => {
      try {
        apply();
      } catch (error) {
        if (!(error instanceof ApiError) || Object.keys(error.errors).length === 0) throw error;
        Object.assign(errors, error.errors);
      }
      if (input.fields?.[fieldId] !== undefined && input.update?.[fieldId] !== undefined)
        errors[fieldId] = `Field '${fieldId}' cannot appear in both 'fields' and 'update'`;
    };
    for (const [fieldId, value] of Object.entries(input.fields ?? {}))
      if (!PLACE.has(fieldId))
        attempt(fieldId, () => {
          this.requireOnScreen(fieldId, screen);
          this.set(patch, fieldId, value);
        });
    for (const [fieldId, operations] of Object.entries(input.update ?? {}))
      attempt(fieldId, () => {
        this.requireOnScreen(fieldId, screen);
        for (const operation of operations) this.operate(patch, fieldId, operation);
      });
    if (options.requireAll) Object.assign(errors, this.missing(input, screen, errors));
    if (Object.keys(errors).length > 0) throw fieldErrors(errors);
    return patch;
  }

  /** Whether the caller may set the field on this screen; what createmeta lists. */
  maySet(fieldId: string): boolean {
    const permission = fieldDefinition(fieldId)?.permission;
    return (
      permission === undefined || this.permissions.project(this.account, permission, this.project, this.issue)
    );
  }

  private missing(
    input: FieldInput,
    screen: readonly ScreenField[],
    errors: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const missing: Record<string, string> = {};
    for (const { fieldId, required } of screen) {
      const definition = fieldDefinition(fieldId);
      if (required !== true || definition === undefined || definition.hasDefault === true) continue;
      if (PLACE.has(fieldId) || fieldId in errors) continue;
      const value = input.fields?.[fieldId];
      if ((value === undefined || value === null) && input.update?.[fieldId] === undefined)
        missing[fieldId] = `${definition.name} is required.`;
    }
    return missing;
  }

  private requireOnScreen(fieldId: string, screen: readonly ScreenField[]): void {
    const onScreen = screen.some((field) => field.fieldId === fieldId);
    if (!onScreen || fieldDefinition(fieldId) === undefined || !this.maySet(fieldId))
      throw fieldErrors({
        [fieldId]: `Field '${fieldId}' cannot be set. It is not on the appropriate screen, or unknown.`,
      });
  }

  private operate(patch: FieldPatch, fieldId: string, operation: Record<string, Json>): void {
    const [[name, value] = ['', null], ...others] = Object.entries(operation);
    const allowed = fieldDefinition(fieldId)?.operations.includes(name) === true;
    if (!allowed || others.length > 0)
      throw fieldErrors({ [fieldId]: `Field does not support update '${name}'` });
    if (fieldId === 'comment') {
      const body = isObject(value) ? value.body : undefined;
      checkDocument('comment', body ?? null);
      patch.comments = [...(patch.comments ?? []), body ?? null];
    } else if (fieldId === 'labels' && name !== 'set') {
      const present = patch.labels ?? this.issue?.labels ?? [];
      const [label = ''] = labels([value]);
      const others = present.filter((each) => each !== label);
      patch.labels = name === 'add' ? [...others, label] : others;
    } else this.set(patch, fieldId, value);
  }

  private set(patch: FieldPatch, fieldId: string, value: Json): void {
    switch (fieldId) {
      case 'summary':
        patch.summary = summary(value);
        break;
      case 'description':
        if (value !== null) checkDocument('description', value);
        patch.description = value;
        break;
      case 'labels':
        patch.labels = labels(value);
        break;
      case 'reporter':
        patch.reporterId = this.accountIn('reporter', value) ?? this.account.accountId;
        break;
      case 'assignee':
        patch.assigneeId = this.assignee(value);
        break;
      case 'priority':
        if (idOf(value) !== PRIORITY_ID) throw fieldErrors({ priority: 'The priority selected is invalid.' });
        patch.priorityId = PRIORITY_ID;
        break;
      case 'duedate':
        if (value !== null && (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)))
          throw fieldErrors({ duedate: 'Error parsing date string: enter a date in the form yyyy-MM-dd' });
        patch.duedate = value;
        break;
      case 'resolution':
        patch.resolutionId = this.resolution(value);
        break;
      default:
        if (value !== null && typeof value !== 'string')
          throw fieldErrors({ [fieldId]: 'Operation value must be a string' });
        patch.custom = { ...patch.custom, [fieldId]: value };
    }
  }

  private resolution(value: Json): string {
    const name = isObject(value) && typeof value.name === 'string' ? value.name : undefined;
    const found = [...this.store.resolutions.values()].find(
      (resolution) => resolution.id === idOf(value) || resolution.name === name,
    );
    if (found === undefined) throw fieldErrors({ resolution: 'Resolution is not valid.' });
    return found.id;
  }

  private assignee(value: Json): string | null {
    const accountId = this.accountIn('assignee', value);
    if (accountId === undefined) return null;
    const assignable = this.permissions.project(
      this.store.account(accountId),
      'ASSIGNABLE_USER',
      this.project,
      this.issue,
    );
    if (!assignable)
      throw fieldErrors({ assignee: 'This person cannot be assigned work items in this space.' });
    return accountId;
  }

  /** The account of `{accountId}` (or `{id}`); undefined for null. */
  private accountIn(fieldId: string, value: Json): string | undefined {
    if (value === null) return undefined;
    const accountId = isObject(value) ? (value.accountId ?? value.id) : undefined;
    if (accountId === null) return undefined;
    const account = typeof accountId === 'string' ? this.store.accounts.get(accountId) : undefined;
    if (account?.active !== true) throw fieldErrors({ [fieldId]: `Specify a valid value for ${fieldId}` });
    return account.accountId;
  }
}

function summary(value: Json): string {
  if (typeof value !== 'string') throw fieldErrors({ summary: 'Operation value must be a string' });
  if (value.trim() === '') throw fieldErrors({ summary: 'You must specify a summary of the work item.' });
  if (/[\r\n]/.test(value))
    throw fieldErrors({ summary: 'The summary is invalid because it contains newline characters.' });
  if (value.length > MAX_SUMMARY) throw fieldErrors({ summary: "Summary can't exceed 255 characters." });
  return value;
}

function labels(value: Json): string[] {
  if (!Array.isArray(value)) throw fieldErrors({ labels: 'data was not an array' });
  return [
    ...new Set(
      value.map((label) => {
        if (typeof label !== 'string' || label === '')
          throw fieldErrors({ labels: 'string expected at index 0' });
        if (/\s/.test(label))
          throw fieldErrors({ labels: `The label '${label}' contains spaces which is invalid.` });
        if (label.length > MAX_SUMMARY)
          throw fieldErrors({ labels: `The label '${label}' exceeds the maximum length for a single label` });
        return label;
      }),
    ),
  ];
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function idOf(value: Json): string | undefined {
  return isObject(value) && typeof value.id === 'string' ? value.id : undefined;
}
