import type { ApproverIdentity, Decision, RefusalCode } from '../../../contract/decision';
import type { AccessRequest, TeleportUser } from '../ports';

/** The trait of a Teleport user that holds their Jira account id. */
const ACCOUNT_ID_TRAIT = 'jira_account_id';

/** Whether who decided is proven not to be the requester; `user` is who they are in Teleport, where the rule tells. */
export type ApproverVerdict =
  { proven: true; user: string | undefined } | { proven: false; code: RefusalCode; text: string };

/**
 * Proves that an approval does not come from the requester, as far as the relay's rule demands: `trait` = exactly one
 * Teleport user carries the mover's account id; `email` = the mover's visible e-mail address is a Teleport user's name;
 * `any` = the app's list of approvers is enough, and only a visible e-mail address equal to the requester's name speaks
 * against it. Denials need no proof: a requester may always deny their own request.
 */
export async function proveApprover(
  rule: ApproverIdentity,
  decision: Decision,
  request: AccessRequest,
  users: () => AsyncIterable<TeleportUser>,
): Promise<ApproverVerdict> {
  const { accountId, email } = decision.actor;
  if (decision.verdict === 'deny') return { proven: true, user: undefined };
  if (isSameName(email, request.user)) return OWN_REQUEST;
  switch (rule) {
    case 'any':
      return { proven: true, user: undefined };
    case 'email': {
      if (email === undefined) {
        return unproven(
          'the approver’s e-mail address is hidden in Jira, and the relay needs it to tell who it is',
        );
      }
      for await (const { name } of users()) if (isSameName(email, name)) return { proven: true, user: name };
      return unproven('no Teleport user is called like the approver’s e-mail address in Jira');
    }
    case 'trait': {
      const names: string[] = [];
      for await (const user of users()) {
        if (user.traits.get(ACCOUNT_ID_TRAIT)?.includes(accountId) === true) names.push(user.name);
      }
      const [name, ...others] = names;
      if (name === undefined)
        return unproven(`no Teleport user has the approver’s Jira account in the trait ${ACCOUNT_ID_TRAIT}`);
      // Whoever shares an account id with the requester may be the requester.
      if (names.includes(request.user)) return OWN_REQUEST;
      if (others.length > 0) {
        return unproven(
          `several Teleport users have the approver’s Jira account in the trait ${ACCOUNT_ID_TRAIT}`,
        );
      }
      return { proven: true, user: name };
    }
  }
}

const OWN_REQUEST: ApproverVerdict = {
  proven: false,
  code: 'own_request',
  text: 'nobody may approve their own request',
};

function unproven(text: string): ApproverVerdict {
  return { proven: false, code: 'identity_unproven', text };
}

function isSameName(email: string | undefined, user: string): boolean {
  return email !== undefined && email.toLowerCase() === user.toLowerCase();
}
