import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody, sendJson } from '../http';
import { ApiError } from './errors';
import { parseJson } from './json';
import type { Issue, Json } from './model';
import type { SeededSite } from './seed';
import type { JiraSite } from './site';
import type { SiteState } from './site-state';

const installBody = z.object({
  name: z.string(),
  scopes: z.array(z.string()),
  projectPermissions: z.array(z.object({ key: z.string(), name: z.string() })).optional(),
});
const indexBody = z.object({
  propertyKey: z.string(),
  values: z.array(
    z.object({
      path: z.string(),
      type: z.enum(['number', 'string', 'text', 'user', 'date']),
      searchAlias: z.string().optional(),
    }),
  ),
});
const moveBody = z.object({ project: z.string(), issueType: z.string(), statusId: z.string().optional() });

/**
 * The sandbox's own addresses under `/_sandbox/`, which a real site does not have: who is there, the board as it truly stands,
 * changes and product events as they happen, installing an app, and the actions of Jira's pages that REST v3 lacks.
 */
export class Control {
  /** Open streams and what they tell of. */
  private readonly streams = new Map<ServerResponse, 'changes' | 'events'>();
  private readonly stopListening: (() => void)[];

  constructor(
    private readonly state: SiteState,
    private readonly site: JiraSite,
    private readonly seeded: SeededSite,
  ) {
    this.stopListening = [
      state.store.onChange(({ kind, issue }) =>
        this.tell('changes', { kind, issueId: issue.id, key: issue.key, projectId: issue.projectId }),
      ),
      site.onEvent((event) => this.tell('events', event)),
    ];
  }

  /** Ends all streams. */
  close(): void {
    for (const stop of this.stopListening) stop();
    for (const stream of this.streams.keys()) stream.end();
  }

  async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const [name = '', ...rest] = path.slice('/_sandbox/'.length).split('/');
    const isPost = request.method === 'POST';
    try {
      if (!isPost && (name === 'changes' || name === 'events')) this.stream(response, name);
      else if (!isPost) sendJson(response, 200, this.read(name, rest[0]));
      else sendJson(response, 200, await this.write(request, name, rest[0]));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      sendJson(response, error.status, { errorMessages: error.errorMessages, errors: error.errors });
    }
  }

  private read(name: string, which: string | undefined): unknown {
    switch (name) {
      case 'people':
        return this.people();
      case 'site':
        return {
          baseUrl: this.site.baseUrl,
          cloudId: this.site.cloudId,
          project: this.seeded.project ?? null,
          appPages: this.state.app.pages ?? null,
        };
      case 'board':
        return this.board();
      case 'panels':
        return { modules: this.panelsOf(which ?? '') };
      case 'issue':
        return this.issue(this.find(which));
      default:
        throw new ApiError(404, ['The sandbox has no such address.']);
    }
  }

  private async write(request: IncomingMessage, name: string, which: string | undefined): Promise<unknown> {
    const body = parseJson((await readBody(request)) ?? '');
    switch (name) {
      case 'install':
        return this.install(parse(installBody, body));
      case 'index': {
        const index = parse(indexBody, body);
        this.state.store.propertyIndexes.set(index.propertyKey, index);
        return {};
      }
      case 'clone': {
        const copy = this.state.moves.clone(this.find(which), this.acting(request));
        return { id: copy.id, key: copy.key };
      }
      case 'move': {
        const issue = this.find(which);
        this.state.moves.move(issue, parse(moveBody, body), this.acting(request));
        return { id: issue.id, key: issue.key };
      }
      case 'archive':
        this.state.moves.archive(this.find(which), this.acting(request));
        return {};
      default:
        throw new ApiError(404, ['The sandbox has no such address.']);
    }
  }

  private async install(app: z.infer<typeof installBody>): Promise<unknown> {
    const accountId = await this.site.installApp(app);
    const installed = this.state.events.productApp;
    if (installed === undefined) throw new Error('the app was not installed');
    return {
      accountId,
      baseUrl: this.site.baseUrl,
      cloudId: this.site.cloudId,
      secret: this.state.credentials.secretOf(installed),
    };
  }

  /** People act on pages, by their own credentials. */
  private acting(request: IncomingMessage) {
    const caller = this.state.credentials.identify(request.headers.authorization);
    if (caller === undefined) throw new ApiError(401, ['Client must be authenticated.']);
    return { caller, origin: 'ui' as const, trace: undefined };
  }

  private find(idOrKey: string | undefined): Issue {
    const issue = this.state.store.findIssue(idOrKey ?? '');
    if (issue === undefined) throw new ApiError(404, ['Issue does not exist.']);
    return issue;
  }

  private people(): unknown {
    return Object.entries(this.seeded.people).map(([name, person]) => {
      const { groupIds, guest, active, accountType } = this.state.store.account(person.accountId);
      const groups = groupIds.flatMap((groupId) => this.state.store.groups.get(groupId)?.name ?? []);
      const notes = [
        ...(groups.includes('site-admins') ? ['administrator'] : []),
        ...(groups.includes('teleport-approvers') ? ['approver'] : []),
        ...(guest ? ['guest'] : []),
        ...(active ? [] : ['inactive']),
        ...(accountType === 'customer' ? ['customer'] : []),
      ];
      return { name, ...person, groups, ...(notes.length === 0 ? {} : { note: notes.join(', ') }) };
    });
  }

  private panelsOf(projectId: string): string[] {
    const pinned = [...this.state.store.configuration.pinnedPanels];
    return pinned.flatMap(([moduleId, projects]) => (projects.has(projectId) ? [moduleId] : []));
  }

  private board(): unknown {
    const { store } = this.state;
    const project =
      store.findProject('TAR') ?? [...store.projects.values()].find(({ deleted }) => deleted !== true);
    if (project === undefined) throw new ApiError(404, ['The site has no project yet.']);
    const { id, key } = project;
    const workflow = project.issueTypes[0]?.workflow;
    const issues = store.issuesOf(id).filter((issue) => !issue.archived);
    return {
      project: { id, key },
      columns: (workflow?.statusIds ?? []).map((statusId) => {
        const { name, category } = store.status(statusId);
        return {
          statusId,
          name,
          category,
          cards: issues.filter((issue) => issue.statusId === statusId).map((issue) => this.card(issue)),
        };
      }),
    };
  }

  private card(issue: Issue): Record<string, Json> {
    const { store } = this.state;
    return {
      id: issue.id,
      key: issue.key,
      summary: issue.summary,
      statusId: issue.statusId,
      issueTypeId: issue.issueTypeId,
      creatorId: issue.creatorId,
      reporter: store.account(issue.reporterId).displayName,
      labels: issue.labels,
      created: issue.created,
      updated: issue.updated,
      resolution: issue.resolutionId === null ? null : store.resolution(issue.resolutionId).name,
      comments: issue.comments.length,
      properties: Object.fromEntries([...issue.properties].map(([name, { value }]) => [name, value])),
    };
  }

  private issue(issue: Issue): unknown {
    return {
      ...this.card(issue),
      projectId: issue.projectId,
      description: issue.description,
      histories: issue.histories,
      comments: issue.comments.map((comment) => ({
        ...comment,
        properties: Object.fromEntries(comment.properties),
      })),
      remoteLinks: issue.remoteLinks,
    };
  }

  private stream(response: ServerResponse, topic: 'changes' | 'events'): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`: ${topic}\n\n`);
    this.streams.set(response, topic);
    response.on('close', () => this.streams.delete(response));
  }

  private tell(topic: string, message: unknown): void {
    const text = `data: ${JSON.stringify(message)}\n\n`;
    for (const [stream, wanted] of this.streams) if (wanted === topic) stream.write(text);
  }
}

function parse<T>(schema: z.ZodType<T>, body: Json | undefined): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new ApiError(400, ['The body is not what this address takes.']);
  return parsed.data;
}
