import type { Settings } from '../domain/settings';
import type { Services } from './ports';

/** How often accounts are reported (Forge, user privacy: a cycle of seven days). */
const EVERY_MS = 7 * 24 * 3_600_000;
/** Pages of the activity list that are read for it; older entries end by themselves. */
const MAX_PAGES = 200;
const PAGE = 100;

/**
 * Reports the accounts that are stored to the platform, once a week, and erases those that it says are closed: out of the
 * settings, and out of the records, which stay without saying who. Of accounts there are ids only, so that nothing of one that
 * changed needs to be renewed.
 */
export async function reportAccounts(services: Services): Promise<{ reported: number; erased: number }> {
  const { privacy, now } = services;
  if (now() - (await privacy.lastReportAt()) < EVERY_MS) return { reported: 0, erased: 0 };
  const known = await storedAccounts(services);
  const closed = await report(services, known);
  if (closed === undefined) return { reported: 0, erased: 0 };
  if (closed.size > 0) {
    await eraseFromSettings(services, closed);
    await eraseFromActivity(services, closed);
  }
  await privacy.noteReport(now());
  return { reported: known.size, erased: closed.size };
}

/** Accounts that the platform says are closed; `undefined` when it does not answer, and the next day tries again. */
async function report(
  { privacy, activity }: Services,
  known: ReadonlyMap<string, number>,
): Promise<Set<string> | undefined> {
  try {
    return new Set(await privacy.report([...known].map(([accountId, since]) => ({ accountId, since }))));
  } catch {
    const text =
      'The platform did not take the report of stored accounts. It is tried again with the next daily sweep.';
    await activity.add({ kind: 'failure', code: 'accounts_not_reported', text });
    return undefined;
  }
}

/** Account ids, each with the moment since which it is stored, Unix milliseconds. */
async function storedAccounts(services: Services): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  const note = (accountId: string, at: number) => {
    known.set(accountId, Math.max(at, known.get(accountId) ?? 0));
  };
  const stored = await services.settings.read();
  if (stored !== undefined) for (const id of accountsIn(stored.settings)) note(id, services.now());
  for await (const { accountId, at } of allActivity(services))
    if (accountId !== undefined) note(accountId, at);
  return known;
}

async function* allActivity(services: Services) {
  let pageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const listed = await services.activity.list(PAGE, pageToken);
    yield* listed.entries;
    pageToken = listed.nextPageToken;
    if (pageToken === undefined) return;
  }
}

/** Every account that the settings name. */
export function accountsIn({ rules, catchAll, people }: Settings): string[] {
  const targets = [...rules.map(({ then }) => then), catchAll];
  const named = targets.flatMap(({ approvers, watchers }) => [...approvers.accountIds, ...watchers]);
  return [...new Set([...named, ...people.map(({ accountId }) => accountId)])];
}

/** The settings without some accounts. */
function withoutAccounts(settings: Settings, gone: ReadonlySet<string>): Settings {
  const stay = (ids: readonly string[]) => ids.filter((id) => !gone.has(id));
  const without = (target: Settings['catchAll']): Settings['catchAll'] => ({
    ...target,
    approvers: { ...target.approvers, accountIds: stay(target.approvers.accountIds) },
    watchers: stay(target.watchers),
  });
  return {
    ...settings,
    rules: settings.rules.map((rule) => ({ ...rule, then: without(rule.then) })),
    catchAll: without(settings.catchAll),
    people: settings.people.filter(({ accountId }) => !gone.has(accountId)),
  };
}

async function eraseFromSettings(services: Services, gone: ReadonlySet<string>): Promise<void> {
  const stored = await services.settings.read();
  if (stored === undefined || !accountsIn(stored.settings).some((id) => gone.has(id))) return;
  const settings = withoutAccounts(stored.settings, gone);
  // Should an administrator save in this very moment, the next report finds the account again.
  await services.settings.write({ ...stored, settings, version: stored.version + 1 });
}

async function eraseFromActivity(services: Services, gone: ReadonlySet<string>): Promise<void> {
  for await (const entry of allActivity(services)) {
    const { accountId, ...others } = entry;
    if (accountId === undefined || !gone.has(accountId)) continue;
    await eraseFromSettled(services, entry, gone);
    await services.activity.replace(others);
  }
}

/** The last outcome of a request, which its page tells for some days. */
async function eraseFromSettled(
  { decisions }: Services,
  { cluster, requestId }: { cluster?: string | undefined; requestId?: string | undefined },
  gone: ReadonlySet<string>,
): Promise<void> {
  if (cluster === undefined || requestId === undefined) return;
  const settled = await decisions.readSettled(cluster, requestId);
  if (settled?.accountId === undefined || !gone.has(settled.accountId)) return;
  await decisions.writeSettled(cluster, requestId, { ...settled, accountId: undefined });
}
