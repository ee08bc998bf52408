import type { Decision } from '../../contract/decision';
import { helloAnswer } from '../../contract/relay-inbox';
import { DECISION_ANNOTATION } from '../../relay/src/decisions/own-effect';
import { readMark } from '../../relay/src/decisions/review-reason';
import type { AccessRequest, ReviewSubmission, StateChange, TeleportErrorCode } from '../../relay/src/ports';
import { grantDigestOf } from '../../relay/src/sync/snapshot';
import { ISSUE_TYPE, PROJECT, STATUS } from '../support/fakes/jira-site';
import type { FakeServices } from '../support/fakes/services';
import type { FakeTeleport } from '../support/relay/fake-teleport';

/** What was true of a decision at the moment when the app lent it to a relay. */
interface Loan {
  decision: Decision;
  /** Why it should not have been lent; empty when all was well. */
  objections: string[];
}

/**
 * Knows what may be decided without asking the code that decides: it looks at Jira and Teleport themselves when the app lends
 * a decision, and when Teleport hears it. What it finds is a breach of the rules for approvals, whatever becomes of it.
 */
export class Oracle {
  readonly breaches: string[] = [];
  private readonly loans = new Map<string, Loan>();

  constructor(
    private readonly services: FakeServices,
    private readonly teleport: FakeTeleport,
  ) {}

  /** Looks at the decisions that an answer of the app lends. */
  async noteAnswer(body: string): Promise<void> {
    if (!body.includes('"decisions":[{')) return;
    const answer = helloAnswer.safeParse(JSON.parse(body));
    if (!answer.success) return;
    for (const decision of answer.data.decisions) {
      const isVoid = Date.parse(decision.notAfter) <= Date.parse(decision.decidedAt);
      const objections = isVoid ? ['lent only to hear of its outcome'] : await this.objectionsTo(decision);
      this.loans.set(decision.id, { decision, objections });
    }
  }

  private async objectionsTo(decision: Decision): Promise<string[]> {
    const { services } = this;
    const { site, people } = services;
    const objections: string[] = [];
    const issue = site.issues.get(decision.issue.id);
    const link = await services.links.read(decision.cluster, decision.requestId);
    if (link?.phase !== 'linked' || link.issue.id !== decision.issue.id)
      objections.push('the issue is not linked');
    if (issue === undefined) return [...objections, 'the issue is gone'];
    if (issue.projectId !== PROJECT || issue.issueTypeId !== ISSUE_TYPE)
      objections.push('the issue was moved away');
    const { accountId } = decision.actor;
    const account = people.accounts.get(accountId);
    const isApprover =
      ['approver', 'requester', 'approver-1'].includes(accountId) ||
      account?.groupIds.includes('group-1') === true;
    if (account?.active !== true || account.accountType !== 'atlassian')
      objections.push('not an active person');
    if (!isApprover) objections.push('not an approver');
    const user = this.teleport.requests.get(decision.requestId)?.user;
    if (decision.verdict === 'approve' && user === 'alice' && accountId === 'requester')
      objections.push('the own request');
    if (decision.source === 'card') {
      const move = issue.moves.at(-1);
      const wanted = decision.verdict === 'approve' ? STATUS.approved : STATUS.denied;
      if (move === undefined || decision.id !== `c:${issue.id}:${move.historyId}`)
        objections.push('not the last move');
      else if (move.accountId !== accountId) objections.push('moved by somebody else');
      if (issue.statusId !== wanted) objections.push('the card is elsewhere');
      if (issue.summary.startsWith('edited')) objections.push('the issue was edited');
    }
    return objections;
  }

  /** Looks at a change of state that a relay sends. @returns what Teleport does with it. */
  judgeStateChange(change: StateChange): 'done' | TeleportErrorCode {
    const [decisionId = ''] = change.annotations[DECISION_ANNOTATION] ?? [];
    const request = this.teleport.requests.get(change.id);
    this.judge(request, decisionId, change.state);
    return request?.state === 'DENIED' ? 'invalid' : 'done';
  }

  /** Looks at a review that a relay sends. @returns what becomes of the request. */
  judgeReview(review: ReviewSubmission): 'PENDING' | 'APPROVED' | 'DENIED' | TeleportErrorCode {
    const request = this.teleport.requests.get(review.id);
    if (request === undefined) return 'not_found';
    if (request.state !== 'PENDING') return 'invalid';
    if (request.reviews.some(({ author }) => author === this.teleport.identityFacts.user)) return 'exists';
    const mark = readMark(review.reason);
    const loan = [...this.loans.values()].find(
      ({ decision }) =>
        decision.requestId === review.id &&
        mark !== undefined &&
        decision.id.startsWith(mark.decisionId.slice(0, 8)),
    );
    this.judge(request, loan?.decision.id ?? '', review.state);
    return review.state;
  }

  private judge(request: AccessRequest | undefined, decisionId: string, state: 'APPROVED' | 'DENIED'): void {
    const loan = this.loans.get(decisionId);
    const breach = (text: string): void => void this.breaches.push(`${state} by ${decisionId}: ${text}`);
    if (loan === undefined) {
      breach('never lent');
      return;
    }
    for (const objection of loan.objections) breach(objection);
    const { decision } = loan;
    if ((decision.verdict === 'approve' ? 'APPROVED' : 'DENIED') !== state) breach('decided otherwise');
    if (request === undefined) return;
    if (request.id !== decision.requestId) breach('another request');
    if (request.state !== 'PENDING') breach(`the request is ${request.state}`);
    if (state === 'APPROVED' && grantDigestOf(request) !== decision.grantDigest) breach('not what was shown');
  }
}
