import { documentText } from './adf';
import { fieldDefinition } from './field-definitions';
import type { FieldPatch } from './fields';
import type { HistoryItem, Issue } from './model';
import type { JiraStore } from './store';

/** An item of the changelog for a system field. */
export function change(
  fieldId: string,
  from: string | null,
  fromString: string | null,
  to: string | null,
  toText: string | null,
): HistoryItem {
  return { field: fieldId, fieldId, fieldtype: 'jira', from, fromString, to, toString: toText };
}

/** Writes a patch into an issue. @returns what changed, as the changelog tells it; what stays the same is not told. */
export function applyPatch(store: JiraStore, issue: Issue, patch: FieldPatch, now: number): HistoryItem[] {
  const items: HistoryItem[] = [];
  if (patch.summary !== undefined && patch.summary !== issue.summary) {
    items.push(change('summary', null, issue.summary, null, patch.summary));
    issue.summary = patch.summary;
  }
  if (
    patch.description !== undefined &&
    JSON.stringify(patch.description) !== JSON.stringify(issue.description)
  ) {
    const [before, after] = [documentText(issue.description), documentText(patch.description)];
    items.push(change('description', null, before, null, after));
    issue.description = patch.description;
  }
  if (patch.labels !== undefined && patch.labels.join(' ') !== issue.labels.join(' ')) {
    items.push(change('labels', '', issue.labels.join(' '), '', patch.labels.join(' ')));
    issue.labels = patch.labels;
  }
  if (patch.duedate !== undefined && patch.duedate !== issue.duedate) {
    items.push(change('duedate', issue.duedate, issue.duedate, patch.duedate, patch.duedate));
    issue.duedate = patch.duedate;
  }
  if (patch.resolutionId !== undefined) items.push(...setResolution(store, issue, patch.resolutionId, now));
  items.push(...applyPeople(store, issue, patch), ...applyCustom(issue, patch));
  return items;
}

/** Sets or clears the resolution. */
export function setResolution(
  store: JiraStore,
  issue: Issue,
  resolutionId: string | null,
  now: number,
): HistoryItem[] {
  if (issue.resolutionId === resolutionId) return [];
  const nameOf = (id: string | null) => (id === null ? null : store.resolution(id).name);
  const item = change(
    'resolution',
    issue.resolutionId,
    nameOf(issue.resolutionId),
    resolutionId,
    nameOf(resolutionId),
  );
  issue.resolutionId = resolutionId;
  issue.resolvedAt = resolutionId === null ? null : now;
  return [item];
}

/** Puts an issue into a status. */
export function setStatus(store: JiraStore, issue: Issue, statusId: string): HistoryItem[] {
  if (issue.statusId === statusId) return [];
  const [from, to] = [store.status(issue.statusId), store.status(statusId)];
  issue.statusId = statusId;
  return [change('status', from.id, from.name, to.id, to.name)];
}

function applyPeople(store: JiraStore, issue: Issue, patch: FieldPatch): HistoryItem[] {
  const items: HistoryItem[] = [];
  const nameOf = (id: string | null) => (id === null ? null : store.account(id).displayName);
  if (patch.reporterId !== undefined && patch.reporterId !== issue.reporterId) {
    const { reporterId: from } = issue;
    items.push(change('reporter', from, nameOf(from), patch.reporterId, nameOf(patch.reporterId)));
    issue.reporterId = patch.reporterId;
  }
  if (patch.assigneeId !== undefined && patch.assigneeId !== issue.assigneeId) {
    const { assigneeId: from } = issue;
    items.push(change('assignee', from, nameOf(from), patch.assigneeId, nameOf(patch.assigneeId)));
    issue.assigneeId = patch.assigneeId;
  }
  return items;
}

function applyCustom(issue: Issue, patch: FieldPatch): HistoryItem[] {
  return Object.entries(patch.custom ?? {}).flatMap(([fieldId, value]) => {
    const before = issue.custom[fieldId] ?? null;
    if (before === value) return [];
    issue.custom[fieldId] = value;
    const text = (each: typeof value) => (typeof each === 'string' ? each : null);
    const field = fieldDefinition(fieldId)?.name ?? fieldId;
    return [
      {
        field,
        fieldId,
        fieldtype: 'custom' as const,
        from: null,
        fromString: text(before),
        to: null,
        toString: text(value),
      },
    ];
  });
}
