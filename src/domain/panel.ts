import {
  isAutomaticReview,
  type RequestedResource,
  type RequestSnapshot,
} from '../../contract/access-request';
import {
  PANEL_REFUSALS,
  type PanelRefusal,
  type Permission,
  type RequestView,
  type ResourceView,
  type Verdict,
} from '../../contract/issue-page';
import { judgeMover, type CardRefusal, type Mover } from './card';
import type { IssueSettings } from './routing';
import { cleanText } from './text';

/** Parts of a snapshot that whoever approves must have read in full. */
const GRANT_FIELDS: readonly string[] = ['roles', 'resources', 'reason'];
/** What is not drawn, and the bracket that spelling out begins with, so that nobody can write what looks spelled out. */
const HIDDEN = /[⟨\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/gu;

/**
 * A name as it is, with every character that would not be drawn spelled out. Leaving them out would make two names look
 * alike that differ.
 */
export function spellOut(name: string): string {
  return name.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** What the page shows of a request. Only texts that people wrote to be read are cleaned; names are spelled out. */
export function viewRequest(snapshot: RequestSnapshot): RequestView {
  const { state, createdAt, kind, cut, observedAt, promotedAccessList: list } = snapshot;
  const { requestExpiresAt, accessExpiresAt, maxDurationUntil, assumeStartAt, teleportUrl } = snapshot;
  return {
    cluster: spellOut(snapshot.cluster),
    id: spellOut(snapshot.id),
    ...{ state, createdAt, kind, cut, observedAt },
    user: spellOut(snapshot.user),
    roles: snapshot.roles.map(spellOut),
    resources: snapshot.resources.map(viewResource),
    reason: cleanText(snapshot.reason).trim(),
    ...(requestExpiresAt !== undefined && { requestExpiresAt }),
    ...(accessExpiresAt !== undefined && { accessExpiresAt }),
    ...(maxDurationUntil !== undefined && { maxDurationUntil }),
    ...(assumeStartAt !== undefined && { assumeStartAt }),
    thresholds: snapshot.thresholds.map((threshold) => ({ ...threshold, name: spellOut(threshold.name) })),
    reviews: snapshot.reviews.map((review) => ({
      ...review,
      author: spellOut(review.author),
      isAutomatic: isAutomaticReview(review),
      reason: cleanText(review.reason).trim(),
    })),
    suggestedReviewers: snapshot.suggestedReviewers.map(spellOut),
    resolveReason: cleanText(snapshot.resolveReason).trim(),
    ...(list !== undefined && { promotedTo: spellOut(list.title || list.name) }),
    ...(teleportUrl !== undefined && { teleportUrl }),
  };
}

function viewResource(resource: RequestedResource): ResourceView {
  const { cluster, kind, name, subResource, friendlyName, constraints } = resource;
  const within = subResource === undefined ? '' : ` / ${spellOut(subResource)}`;
  return {
    name: spellOut(friendlyName ?? name) + within,
    place: `${spellOut(kind)}, ${spellOut(cluster)}`,
    ...(friendlyName !== undefined && friendlyName !== name && { id: spellOut(name) }),
    ...(constraints !== undefined && { constraints: spellOut(constraints) }),
  };
}

/** Why a request can be decided by nobody just now, whoever asks; `undefined` when it can. */
export function refusalOfRequest(
  snapshot: RequestSnapshot,
  settings: Pick<IssueSettings, 'isMapped'>,
  now: number,
): PanelRefusal | undefined {
  if (snapshot.state !== 'PENDING') return 'not_pending';
  const { requestExpiresAt } = snapshot;
  if (requestExpiresAt !== undefined && Date.parse(requestExpiresAt) <= now) return 'expired';
  return settings.isMapped ? undefined : 'not_mapped';
}

/** Whether a person may give a verdict on a pending request: by the same rules as a card's mover, and having seen all of it. */
export function judgePerson(
  person: Mover,
  input: {
    verdict: Verdict;
    snapshot: RequestSnapshot;
    appAccountId: string;
    settings: IssueSettings;
    isApprover: boolean;
  },
): Permission {
  const { snapshot, ...others } = input;
  const { verdict } = input;
  const judged = judgeMover(person, { ...others, requester: snapshot.user });
  if (!judged.allowed) return { allowed: false, code: panelRefusal(judged.code) };
  const isCut = snapshot.cut.some((field) => GRANT_FIELDS.includes(field));
  if (verdict === 'approve' && isCut) return { allowed: false, code: 'content_incomplete' };
  return { allowed: true };
}

/** What a card's refusal is called at the page. */
export function panelRefusal(code: CardRefusal): PanelRefusal {
  if (code === 'moved_by_app') return 'is_app';
  return PANEL_REFUSALS.find((known) => known === code) ?? 'not_approver';
}
