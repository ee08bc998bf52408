import * as z from 'zod';
import type { ActivityDetail, ActivityView, AdminFunctions, AdminResult } from '../../../contract/admin';
import { ACTIVITY_KINDS, type ActivityEntry } from '../../domain/activity';
import { hasIssue } from '../../domain/link';
import type { Services } from '../ports';
import { failureOf } from './failures';
import { badInput, failed, isoTime, succeeded } from './results';

const PAGE_SIZE = 50;
/** Entries that one call looks at when a filter leaves most of them out. */
const MAX_LOOKED_AT = 1000;
/** Entries in an exported file, and how long gathering them may take, in milliseconds. */
const MAX_EXPORTED = 5000;
const EXPORT_MS = 3500;
const EXPORT_PAGE = 100;

const word = z.string().min(1).max(1024).optional();
const filterInput = z
  .object({
    kinds: z.array(z.enum(ACTIVITY_KINDS)).max(ACTIVITY_KINDS.length).optional(),
    cluster: word,
    requestId: word,
    issueKey: word,
    accountId: word,
    text: word,
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
  })
  .default({});
type Filter = z.infer<typeof filterInput>;
const listInput = z.object({ pageToken: z.string().max(4096).optional(), filter: filterInput });
const detailInput = z.object({ id: z.string().min(1).max(512), at: z.iso.datetime() });
const exportInput = z.object({ format: z.enum(['csv', 'json']), filter: filterInput });

/** A page of the activity list, newest first. With a filter a page may be short or empty and still have a next one. */
export async function listActivity(
  services: Services,
  payload: unknown,
): Promise<AdminResult<{ entries: ActivityView[]; nextPageToken?: string }>> {
  const input = listInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { filter } = input.data;
  const entries: ActivityView[] = [];
  let pageToken = input.data.pageToken;
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += PAGE_SIZE) {
    const page = await services.activity.list(PAGE_SIZE, pageToken);
    entries.push(...page.entries.filter((entry) => isWanted(entry, filter)).map(viewOf));
    pageToken = isPast(page.entries, filter) ? undefined : page.nextPageToken;
    // Pages of the store are never cut, since only it knows where the next one begins.
    if (pageToken === undefined || entries.length > 0) break;
  }
  return succeeded({ entries, ...(pageToken !== undefined && { nextPageToken: pageToken }) });
}

/** One entry with the present state of the request that it tells of. */
export async function getActivity(
  services: Services,
  payload: unknown,
): Promise<AdminResult<ActivityDetail>> {
  const input = detailInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const entry = await services.activity.read(Date.parse(input.data.at), input.data.id);
  if (entry === undefined) return failed({ code: 'not_found', text: 'This entry is no longer kept.' });
  const { cluster, requestId } = entry;
  const request =
    cluster === undefined || requestId === undefined
      ? undefined
      : await requestOf(services, cluster, requestId);
  return succeeded({ entry: viewOf(entry), ...(request !== undefined && { request }) });
}

/** The newest entries that the filter lets through, as the text of a file. */
export async function exportActivity(
  services: Services,
  payload: unknown,
): Promise<AdminResult<AdminFunctions['exportActivity']['value']>> {
  const input = exportInput.safeParse(payload);
  if (!input.success) return badInput(input.error);
  const { format, filter } = input.data;
  const startedAt = services.now();
  const entries: ActivityView[] = [];
  let pageToken: string | undefined;
  do {
    const page = await services.activity.list(EXPORT_PAGE, pageToken);
    entries.push(...page.entries.filter((entry) => isWanted(entry, filter)).map(viewOf));
    pageToken = isPast(page.entries, filter) ? undefined : page.nextPageToken;
  } while (
    pageToken !== undefined &&
    entries.length < MAX_EXPORTED &&
    services.now() - startedAt < EXPORT_MS
  );
  const name = `teleport-access-requests-activity-${isoTime(startedAt).slice(0, 10)}.${format}`;
  return succeeded({
    fileName: name,
    mediaType: format === 'csv' ? 'text/csv' : 'application/json',
    text: format === 'csv' ? asCsv(entries) : `${JSON.stringify(entries, undefined, 2)}\n`,
    entries: entries.length,
    isCut: pageToken !== undefined,
  });
}

const COLUMNS = [
  'at',
  'kind',
  'code',
  'text',
  'cluster',
  'requestId',
  'issueKey',
  'accountId',
  'source',
  'verdict',
  'outcome',
  'grantDigest',
  'decisionId',
  'issueId',
  'id',
] as const;

/** CSV by RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
function asCsv(entries: readonly ActivityView[]): string {
  const cell = (value = '') => `"${value.replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`;
  const rows = entries.map((entry) => COLUMNS.map((column) => cell(entry[column])).join(','));
  return [COLUMNS.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

async function requestOf(
  services: Services,
  cluster: string,
  requestId: string,
): Promise<ActivityDetail['request']> {
  const link = await services.links.read(cluster, requestId);
  if (link === undefined) return undefined;
  const live = await services.decisions.read(cluster, requestId);
  const failure = failureOf(link);
  const issueKey = hasIssue(link) ? link.issue.key : undefined;
  return {
    ...{ cluster, requestId, phase: link.phase },
    state: hasIssue(link) ? link.state : link.snapshot.state,
    ...(issueKey !== undefined && {
      issueKey,
      issueUrl: `${await services.door.siteUrl()}/browse/${issueKey}`,
    }),
    ...(failure !== undefined && { failure }),
    ...(live !== undefined && {
      waitingDecision: {
        verdict: live.decision.verdict,
        decidedAt: live.decision.decidedAt,
        notAfter: live.decision.notAfter,
        accountId: live.decision.actor.accountId,
      },
    }),
  };
}

function isWanted(entry: ActivityEntry, filter: Filter): boolean {
  const { kinds, text, from, to } = filter;
  const equals = (['cluster', 'requestId', 'issueKey', 'accountId'] as const).every(
    (name) => filter[name] === undefined || filter[name] === entry[name],
  );
  return (
    equals &&
    (kinds === undefined || kinds.length === 0 || kinds.includes(entry.kind)) &&
    (text === undefined || entry.text.toLowerCase().includes(text.toLowerCase())) &&
    (from === undefined || entry.at >= Date.parse(from)) &&
    (to === undefined || entry.at <= Date.parse(to))
  );
}

/** Whether everything that follows is older than what is wanted. */
function isPast(entries: readonly ActivityEntry[], { from }: Filter): boolean {
  const oldest = entries.at(-1);
  return from !== undefined && oldest !== undefined && oldest.at < Date.parse(from);
}

function viewOf(entry: ActivityEntry): ActivityView {
  const { id, at, kind, code, text, cluster, requestId, issueKey, accountId } = entry;
  return {
    id,
    at: isoTime(at),
    kind,
    text,
    ...(code !== undefined && { code }),
    ...(cluster !== undefined && { cluster }),
    ...(requestId !== undefined && { requestId }),
    ...(issueKey !== undefined && { issueKey }),
    ...(accountId !== undefined && { accountId }),
    ...decisionOf(entry),
  };
}

/** What is known of the decision that an entry tells of. */
function decisionOf({ issueId, decisionId, source, verdict, grantDigest, outcome }: ActivityEntry) {
  return {
    ...(issueId !== undefined && { issueId }),
    ...(decisionId !== undefined && { decisionId }),
    ...(source !== undefined && { source }),
    ...(verdict !== undefined && { verdict }),
    ...(grantDigest !== undefined && { grantDigest }),
    ...(outcome !== undefined && { outcome }),
  };
}
