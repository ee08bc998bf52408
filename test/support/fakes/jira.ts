import type {
  AccountView,
  IssueView,
  JiraIssues,
  JiraPeople,
  JiraProblem,
  JiraProjects,
  JiraResult,
} from '../../../src/usecases/ports';
import type { CreateField } from '../../../src/usecases/ports-catalogue';
import { OPTIONAL_FIELDS, withoutFields } from '../../../src/usecases/optional-fields';
import {
  APP_ACCOUNT,
  documentProblem,
  ISSUE_TYPE,
  PROJECT,
  refusal,
  STATUS,
  type FakeIssue,
  type FakeSite,
} from './jira-site';

const NOT_FOUND: JiraProblem = { kind: 'not_found', detail: 'Jira does not find it.' };

/** Jira's issues on a fake site, called by the app. */
export function fakeIssues(site: FakeSite): JiraIssues {
  const onIssue = <T>(issueId: string, commit: (issue: FakeIssue) => T, body?: unknown) => {
    const issue = site.issues.get(issueId);
    const problem = body === undefined ? undefined : documentProblem(body);
    if (issue === undefined) return { refused: NOT_FOUND };
    return problem === undefined ? { commit: () => commit(issue) } : { refused: problem };
  };
  return {
    create: (input) =>
      site.write('create', () => {
        const problem =
          documentProblem(input.description) ??
          summaryProblem(input.summary) ??
          (input.projectId === PROJECT && input.issueTypeId === ISSUE_TYPE
            ? undefined
            : refusal('project')) ??
          (JSON.stringify(input.property).length > 32_768 ? refusal('property too long') : undefined);
        if (problem !== undefined) return { refused: problem };
        return {
          commit: () => {
            const { summary, description, property, optional = {} } = copy(input);
            const dropped = OPTIONAL_FIELDS.filter((field) => field in optional && site.offScreen.has(field));
            const kept = withoutFields(optional, dropped);
            const { id, key } = site.addIssue({
              ...{ summary, description: withLocalIds(description), property },
              ...{ labels: kept.labels ?? [], duedate: kept.duedate },
            });
            return { id, key, dropped };
          },
        };
      }),
    read: (issueId, options) =>
      site.read('read', () => {
        const issue = site.issues.get(issueId);
        if (issue === undefined) return { ok: false, problem: NOT_FOUND };
        return { ok: true, value: viewOf(issue, options?.history === true) };
      }),
    edit: (issueId, content) =>
      site.write('edit', () => {
        const problem = summaryProblem(content.summary);
        if (problem !== undefined) return { refused: problem };
        return onIssue(issueId, () => site.edit(issueId, APP_ACCOUNT, copy(content)), content.description);
      }),
    sayAndMark: (issueId, { bodies, property }) =>
      site.write('sayAndMark', () => {
        const problem = bodies.map(documentProblem).find((each) => each !== undefined);
        if (problem !== undefined) return { refused: problem };
        return onIssue(issueId, (issue) => {
          for (const body of bodies) site.comment(issueId, APP_ACCOUNT, body);
          issue.property = copy(property);
          return viewOf(issue, false);
        });
      }),
    addWatcher: (issueId, accountId) =>
      site.write('addWatcher', () =>
        onIssue(issueId, (issue) => {
          issue.watchers.push(accountId);
        }),
      ),
    addComment: (issueId, body, { internal }) =>
      site.write('addComment', () =>
        onIssue(issueId, () => site.comment(issueId, APP_ACCOUNT, body, internal), body),
      ),
    updateComment: (issueId, commentId) =>
      site.write('updateComment', () =>
        site.issues.get(issueId)?.comments.some((comment) => comment.id === commentId) === true
          ? { commit: () => undefined }
          : { refused: NOT_FOUND },
      ),
    deleteComment: (issueId, commentId) =>
      site.write('deleteComment', () =>
        onIssue(issueId, (issue) => {
          issue.comments = issue.comments.filter((comment) => comment.id !== commentId);
        }),
      ),
    recentComments: (issueId) =>
      site.read('recentComments', () => {
        const issue = site.issues.get(issueId);
        if (issue === undefined) return { ok: false, problem: NOT_FOUND };
        return {
          ok: true,
          value: issue.comments
            .slice(-50)
            .reverse()
            .map((comment) => ({ ...comment })),
        };
      }),
    transitions: (issueId) =>
      site.read('transitions', () => {
        const issue = site.issues.get(issueId);
        if (issue === undefined) return { ok: false, problem: NOT_FOUND };
        const value = site.transitions
          .filter(({ from }) => from === undefined || from.includes(issue.statusId))
          .map((transition) => ({
            id: transition.id,
            toStatusId: transition.to,
            resolutionIds: transition.resolutionIds,
            resolutionRequired: transition.resolutionRequired === true,
            needsOtherFields: transition.needsOtherFields === true,
            hasScreen: transition.resolutionIds !== undefined,
          }));
        return { ok: true, value };
      }),
    transition: (issueId, { transitionId, resolutionId, property }) =>
      site.write('transition', () => {
        const issue = site.issues.get(issueId);
        const transition = site.transitions.find(({ id }) => id === transitionId);
        if (issue === undefined) return { refused: NOT_FOUND };
        const isOffered = transition?.from === undefined || transition.from.includes(issue.statusId);
        if (transition === undefined || !isOffered) return { refused: refusal('Action is invalid') };
        if (transition.needsOtherFields === true) return { refused: refusal('a field is required') };
        const { resolutionIds } = transition;
        const isOnScreen = resolutionIds?.includes(resolutionId ?? '') ?? false;
        if (resolutionId === null ? resolutionIds === undefined : resolutionId !== undefined && !isOnScreen)
          return { refused: refusal('resolution cannot be set', ['resolution']) };
        if (resolutionId === undefined && transition.resolutionRequired === true)
          return { refused: refusal('resolution is required', ['resolution']) };
        return {
          commit: () => {
            site.move(issueId, transition.to, APP_ACCOUNT);
            issue.property = copy(property);
            if (resolutionId !== undefined) issue.resolutionId = resolutionId ?? undefined;
          },
        };
      }),
    setProperty: (issueId, property) =>
      site.write('setProperty', () =>
        onIssue(issueId, (issue) => {
          issue.property = copy(property);
        }),
      ),
    linkToTeleport: (issueId, { requestId, url, resolved }) =>
      site.write('linkToTeleport', () =>
        requestId.length > 200
          ? { refused: refusal('globalId too long') }
          : onIssue(issueId, (issue) => {
              issue.remoteLinks.set(requestId, { url, resolved });
            }),
      ),
    findByRequest: (requestId) =>
      site.read('findByRequest', () => ({
        ok: true,
        value: indexed(site)
          .filter((issue) => issue.property?.requestId === requestId)
          .map((issue) => ({
            id: issue.id,
            key: issue.key,
            creatorAccountId: issue.creator,
            attemptId: issue.property?.attemptId,
            cluster: issue.property?.cluster,
          })),
      })),
    findMisplaced: ({ places }) =>
      site.read('findMisplaced', () => {
        // Jira refuses a search that names a project which is not there.
        if (places.some(({ projectId }) => projectId !== PROJECT))
          return { ok: false, problem: refusal('no such project') };
        const isMisplaced = (issue: FakeIssue) =>
          places.some(
            ({ projectId, issueTypeId, wrong }) =>
              issue.projectId === projectId &&
              issue.issueTypeId === issueTypeId &&
              wrong.some(
                ({ state, statusIds }) =>
                  issue.property?.state === state && statusIds.includes(issue.statusId),
              ),
          );
        return {
          ok: true,
          value: indexed(site)
            .filter(isMisplaced)
            .map((issue) => issue.id),
        };
      }),
    statuses: (issueIds) =>
      site.read('statuses', () => ({
        ok: true,
        value: new Map(
          issueIds.flatMap((id): [string, string][] => {
            const issue = site.issues.get(id);
            return issue === undefined ? [] : [[id, issue.statusId]];
          }),
        ),
      })),
  };
}

/** Accounts of a fake site, each at first an active person without groups. */
export class FakePeople implements JiraPeople {
  readonly accounts = new Map<string, AccountView>();

  /** Members of roles of the fake project, by role id; a role that is not in here does not exist. */
  readonly roles = new Map<string, { accountIds: string[]; groupIds: string[] }>();
  /** Accounts that hold the app's own permission. */
  readonly deciders = new Set<string>();

  constructor(private readonly site: FakeSite) {}

  add(accountId: string, changes: Partial<AccountView> = {}): string {
    this.accounts.set(accountId, {
      accountId,
      accountType: 'atlassian',
      active: true,
      guest: false,
      groupIds: [],
      email: undefined,
      ...changes,
    });
    return accountId;
  }

  readonly appAccountId = (): Promise<JiraResult<string>> =>
    this.site.read('appAccountId', () => ({ ok: true, value: APP_ACCOUNT }));

  findByEmail = (email: string): Promise<JiraResult<string | undefined>> =>
    this.site.read('findByEmail', () => {
      const same = [...this.accounts.values()].filter((account) => account.email === email && account.active);
      return { ok: true, value: same.length === 1 ? same[0]?.accountId : undefined };
    });

  roleActors = (projectId: string, roleId: string) =>
    this.site.read('roleActors', () => {
      const value = projectId === PROJECT ? this.roles.get(roleId) : undefined;
      return value === undefined ? { ok: false, problem: NOT_FOUND } : { ok: true, value };
    });

  mayDecide = (_issueId: string, accountId: string): Promise<JiraResult<boolean>> =>
    this.site.read('mayDecide', () => ({ ok: true, value: this.deciders.has(accountId) }));

  readonly projectRoles = (): Promise<JiraResult<{ id: string; name: string }[]>> =>
    this.site.read('projectRoles', () => ({
      ok: true,
      value: [...this.roles.keys()].map((id) => ({ id, name: `Role ${id}` })),
    }));

  readonly read = (accountId: string): Promise<JiraResult<AccountView>> =>
    this.site.read('readAccount', () => {
      const value = this.accounts.get(accountId);
      return value === undefined ? { ok: false, problem: NOT_FOUND } : { ok: true, value };
    });
}

/** The project of a fake site, without any problem unless a test replaces a part. */
export function fakeProjects(site: FakeSite): JiraProjects {
  return {
    read: (projectId) =>
      site.read('readProject', () =>
        projectId === PROJECT && !site.isProjectGone
          ? {
              ok: true,
              value: {
                id: PROJECT,
                key: 'TAR',
                typeKey: 'software',
                isTeamManaged: false,
                archived: false,
                statusIds: new Map([[ISSUE_TYPE, Object.values(STATUS)]]),
                fields: CREATE_FIELDS,
              },
            }
          : { ok: false, problem: NOT_FOUND },
      ),
    isVisible: (projectId) =>
      site.read('isVisible', () => ({ ok: true, value: projectId === PROJECT && !site.isProjectGone })),
    isPublic: () => site.read('isPublic', () => ({ ok: true, value: false })),
    missingPermissions: () => site.read('missingPermissions', () => ({ ok: true, value: [] })),
    missingGroups: () => site.read('missingGroups', () => ({ ok: true, value: [] })),
  };
}

/** The create screen of the fake project. */
export const CREATE_FIELDS: CreateField[] = ['summary', 'description', 'labels', 'duedate'].map((id) => ({
  ...{ id, name: id, type: 'string', itemType: undefined, choices: undefined },
  ...{ required: id === 'summary', hasDefault: false },
}));

function viewOf(issue: FakeIssue, withHistory: boolean): IssueView {
  const { id, key, projectId, issueTypeId, statusId, summary, description, createdAt } = issue;
  return {
    ...{ id, key, projectId, issueTypeId, statusId, summary, description, createdAt },
    comments: issue.comments.map((comment) => ({ ...comment })),
    lastMove: withHistory ? issue.moves.at(-1) : undefined,
    lastEditor: withHistory ? issue.lastEditor : undefined,
  };
}

function indexed(site: FakeSite): FakeIssue[] {
  return [...site.issues.values()].filter((issue) => issue.indexedAt <= site.clock.now()).reverse();
}

function summaryProblem(summary: string): JiraProblem | undefined {
  return summary.length > 255 || summary.includes('\n') ? refusal('summary', ['summary']) : undefined;
}

function copy<T>(value: T): T {
  return structuredClone(value);
}

/** What Jira adds to blocks that it stores. */
function withLocalIds(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withLocalIds);
  if (typeof node !== 'object' || node === null || !('type' in node)) return node;
  const content = 'content' in node ? { content: withLocalIds(node.content) } : {};
  const attrs = node.type === 'paragraph' ? { attrs: { localId: 'a1b2' } } : {};
  return { ...node, ...attrs, ...content };
}
