import Resolver, { type Request } from '@forge/resolver';
import * as z from 'zod';
import type { IssuePageError, IssuePageFunctions, IssuePageResult } from '../../contract/issue-page';
import { seesIssue } from '../jira/browse';
import { createJiraClient } from '../jira/client';
import { decide } from '../usecases/panel/decide';
import { followIssue, showIssue } from '../usecases/panel/show';
import type { Services } from '../usecases/ports';
import { remoteRelay } from './relay-push';
import { createServices } from './services';

/** Who calls and for which issue: checked against Jira before anything is read as the app. */
interface Call {
  caller: { accountId: string };
  issueId: string;
  payload: unknown;
}

/** The handler of each function of the page. */
type Handlers = {
  [Name in keyof IssuePageFunctions]: (
    services: Services,
    call: Call,
  ) => Promise<IssuePageResult<IssuePageFunctions[Name]['value']>>;
};

const handlers: Handlers = {
  show: (services, { caller, issueId }) => showIssue(services, caller, issueId),
  follow: (services, { caller, issueId }) => followIssue(services, caller, issueId),
  decide: (services, { caller, issueId, payload }) => decide(services, remoteRelay, caller, issueId, payload),
};

/** What of a call's context counts. The account and the installation come from the platform; the issue's id is only a claim. */
const trusted = z.object({ accountId: z.string().min(1), installContext: z.string().optional() });
const claimed = z.object({
  extension: z.object({ issue: z.object({ id: z.coerce.string().regex(/^\d{1,19}$/) }) }),
});

const resolver = new Resolver();
for (const [name, handle] of Object.entries(handlers)) {
  resolver.define(name, async (request: Request<unknown>) => {
    const platform = trusted.safeParse(request.context);
    const page = claimed.safeParse(request.context);
    if (!platform.success || !page.success) return failed('nothing_here');
    const issueId = page.data.extension.issue.id;
    const { accountId, installContext } = platform.data;
    // The app sees more than the person does, so their own right comes first, every time.
    const sees = await seesIssue(createJiraClient('user'), issueId);
    if (sees === 'unknown') return failed('unavailable');
    if (sees === 'no') return failed('nothing_here');
    const services = createServices(installContext === undefined ? {} : { installContext });
    return handle(services, { caller: { accountId }, issueId, payload: request.payload });
  });
}

/** Resolver of the decision page on issues, in a function of its own. */
export const issueResolver = resolver.getDefinitions();

function failed(code: IssuePageError['code']): IssuePageResult<never> {
  return { ok: false, error: { code } };
}
