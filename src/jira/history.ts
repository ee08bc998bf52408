import type { StatusMove } from '../domain/card';

/** One entry of an issue's changelog (Jira REST v3, changelog), as far as the app looks at it. */
export interface HistoryEntry {
  id: string;
  author?: { accountId: string } | undefined;
  /** Unix milliseconds. */
  created: number;
  items: readonly {
    field: string;
    fieldId?: string | undefined;
    from?: string | null | undefined;
    to?: string | null | undefined;
  }[];
}

/** What an issue's history tells about its card. */
export interface CardHistory {
  lastMove: StatusMove | undefined;
  /** Who changed summary or description last. */
  lastEditor: string | undefined;
  /** Changes of status among the entries. */
  moves: number;
}

const CONTENT_FIELDS = ['summary', 'description'];
const ISSUE_MOVE_FIELDS = ['project', 'issuetype', 'Key', 'Workflow'];

/** Reads entries in any order. An entry that names nobody counts like any other, with an empty account id. */
export function readHistory(entries: readonly HistoryEntry[]): CardHistory {
  const newestFirst = [...entries].sort((a, b) => b.created - a.created || Number(b.id) - Number(a.id));
  const moveIndexes = newestFirst.flatMap((entry, index) => (changes(entry, ['status']) ? [index] : []));
  const [last, before] = moveIndexes;
  const edits = newestFirst.filter((entry) => changes(entry, CONTENT_FIELDS));
  const lastEntry = last === undefined ? undefined : newestFirst[last];
  const editors = newestFirst
    .slice(last, before)
    .filter((entry) => changes(entry, CONTENT_FIELDS))
    .map(authorOf);
  return {
    lastMove: lastEntry && moveOf(lastEntry, editors),
    lastEditor: edits[0] && authorOf(edits[0]),
    moves: moveIndexes.length,
  };
}

function moveOf(entry: HistoryEntry, editors: readonly string[]): StatusMove {
  const change = entry.items.find((item) => fieldOf(item) === 'status');
  return {
    historyId: entry.id,
    accountId: authorOf(entry),
    fromStatusId: change?.from ?? '',
    toStatusId: change?.to ?? '',
    at: entry.created,
    isIssueMove: changes(entry, ISSUE_MOVE_FIELDS),
    editors,
  };
}

function changes(entry: HistoryEntry, fields: readonly string[]): boolean {
  return entry.items.some((item) => fields.includes(fieldOf(item)));
}

function fieldOf(item: { field: string; fieldId?: string | undefined }): string {
  return item.fieldId ?? item.field;
}

function authorOf(entry: HistoryEntry): string {
  return entry.author?.accountId ?? '';
}
