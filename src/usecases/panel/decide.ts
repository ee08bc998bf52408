import * as z from 'zod';
import { toUtcSeconds } from '../../../contract/access-request';
import type { Decision } from '../../../contract/decision';
import type { DecideResult, IssuePageResult, PanelRefusal } from '../../../contract/issue-page';
import { MAX_REASON_BYTES } from '../../../contract/reason';
import { CONTRACT_VERSION } from '../../../contract/version';
import { accountMark } from '../../domain/account-mark';
import { validForMs, type Mover } from '../../domain/card';
import { isAvailable, isPast, LOAN_MS, type LiveDecision } from '../../domain/live-decision';
import { panelRefusalText } from '../../domain/panel-words';
import { cleanText } from '../../domain/text';
import type { Services } from '../ports';
import { choiceFor, deliverNow, type RemoteRelay } from '../push-decision';
import { judgeAccount, readPanelCard, type PanelCard } from './judge';
import { progressOf } from './progress';
import { recordOf, rememberWithdrawn } from './withdraw';

/** The same refusal of the same person makes one entry in this time, in milliseconds. */
const NOTE_EVERY_MS = 1000;

const input = z.strictObject({
  verdict: z.enum(['approve', 'deny']),
  reason: z
    .string()
    .max(MAX_REASON_BYTES)
    .transform((text) => cleanText(text).trim())
    .refine((text) => Buffer.byteLength(text) <= MAX_REASON_BYTES),
  uuid: z.uuid().toLowerCase(),
  grantDigest: z.string().max(64),
});
type Input = z.infer<typeof input>;

/**
 * Takes a decision that a person made by button, after it was found that they see the very issue in Jira. Who they are comes
 * from the platform, which request it is from the app's own record; of what the page sends only the verdict, its reason and
 * what was shown count, and the latter must be what is asked for now.
 */
export async function decide(
  services: Services,
  relay: RemoteRelay,
  caller: { accountId: string },
  issueId: string,
  payload: unknown,
): Promise<IssuePageResult<DecideResult>> {
  const parsed = input.safeParse(payload);
  if (!parsed.success) return { ok: false, error: { code: 'bad_input' } };
  const asked = parsed.data;
  const reading = await readPanelCard(services, issueId);
  if (reading.kind === 'not_linked') return { ok: false, error: { code: 'nothing_here' } };
  if (reading.kind === 'detached') return { ok: false, error: { code: 'detached' } };
  if (reading.kind === 'problem') return { ok: false, error: { code: 'unavailable' } };
  const { card } = reading;
  const { cluster, requestId } = card.link;
  const decisionId = `p:${issueId}:${asked.uuid}`;
  const [live, settled] = await Promise.all([
    services.decisions.read(cluster, requestId),
    services.decisions.readSettled(cluster, requestId),
  ]);
  // The call came before, and its answer was lost.
  if (live?.decision.id === decisionId || settled?.decisionId === decisionId)
    return taken(services, card, caller.accountId);
  const judged = await judgeAccount(services, card, caller.accountId);
  if (!judged.ok) return { ok: false, error: { code: 'unavailable' } };
  const { may, person, connectionId } = judged.value;
  const permission = may[asked.verdict];
  const refusal = permission.allowed ? refusalOf(card, asked, live, services.now()) : permission.code;
  if (refusal !== undefined || person === undefined || connectionId === undefined) {
    const code = refusal ?? 'no_connection';
    await noteRefusal(services, card, caller.accountId, asked, decisionId, code);
    return { ok: true, value: { result: 'refused', code } };
  }
  if (live !== undefined)
    await rememberWithdrawn(
      services,
      live.decision,
      isPast(live, services.now()) ? 'too_late' : 'decision_waits',
    );
  const decision = await makeDecision(services, card, { asked, decisionId, person, connectionId });
  const isPushed = (await choiceFor(services, connectionId)) !== undefined;
  // Lent from the start: what is pushed just now is not to be handed out as well.
  await services.decisions.write(
    isPushed ? { decision, lentUntil: services.now() + LOAN_MS, wasLent: true } : { decision, lentUntil: 0 },
  );
  await services.activity.addOnce({
    ...recordOf(decision),
    id: `made-${decisionId}`,
    at: Date.parse(decision.decidedAt),
    kind: 'decision',
    code: 'made',
    text: `A decision to ${asked.verdict} was made by button.`,
  });
  if (isPushed) await deliverNow(services, relay, decision);
  return taken(services, card, caller.accountId);
}

async function taken(
  services: Services,
  card: PanelCard,
  accountId: string,
): Promise<IssuePageResult<DecideResult>> {
  const progress = await progressOf(services, card.link, accountId);
  return { ok: true, value: { result: 'taken', progress } };
}

function refusalOf(
  card: PanelCard,
  asked: Input,
  live: LiveDecision | undefined,
  now: number,
): PanelRefusal | undefined {
  if (asked.grantDigest !== card.snapshot.grantDigest) return 'changed_since_shown';
  if (asked.verdict === 'deny' && asked.reason === '' && card.settings.denyNeedsReason)
    return 'reason_required';
  if (live === undefined || isPast(live, now)) return undefined;
  // A denial takes the place of an approval that no relay carries yet; everything else has to wait for its outcome.
  const isReplaceable =
    asked.verdict === 'deny' && live.decision.verdict === 'approve' && isAvailable(live, now);
  return isReplaceable ? undefined : 'decision_waits';
}

async function makeDecision(
  services: Services,
  { settings, link, snapshot, issue }: PanelCard,
  made: { asked: Input; decisionId: string; person: Mover; connectionId: string },
): Promise<Decision> {
  const { asked, person } = made;
  const now = services.now();
  return {
    v: CONTRACT_VERSION,
    id: made.decisionId,
    connectionId: made.connectionId,
    cluster: link.cluster,
    requestId: link.requestId,
    verdict: asked.verdict,
    source: 'panel',
    actor: {
      accountId: person.accountId,
      ...(settings.sendApproverEmail && person.email !== undefined ? { email: person.email } : {}),
    },
    reason: asked.reason,
    issue: { id: issue.id, key: issue.key, url: `${await services.door.siteUrl()}/browse/${issue.key}` },
    grantDigest: snapshot.grantDigest,
    decidedAt: toUtcSeconds(new Date(now)),
    notAfter: toUtcSeconds(new Date(now + validForMs(asked.verdict, settings))),
  };
}

async function noteRefusal(
  services: Services,
  card: PanelCard,
  accountId: string,
  asked: Input,
  decisionId: string,
  code: PanelRefusal,
): Promise<void> {
  const { link } = card;
  services.log.info('a decision by button was refused', { code, issueId: link.issue.id });
  await services.activity.addOnce({
    id: `refused-${link.issue.id}-${accountMark(link.issue.id, accountId)}-${code}-${asked.verdict}`,
    at: Math.floor(services.now() / NOTE_EVERY_MS) * NOTE_EVERY_MS,
    kind: 'refusal',
    code,
    text: `A decision to ${asked.verdict} by button was refused: ${panelRefusalText(code)}`,
    ...{ cluster: link.cluster, requestId: link.requestId, accountId, decisionId },
    ...{ issueId: link.issue.id, issueKey: link.issue.key },
    ...{ source: 'panel', verdict: asked.verdict, grantDigest: asked.grantDigest, outcome: 'refused' },
  });
}
