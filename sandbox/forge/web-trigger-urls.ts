import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock';
import type { Identity } from './identity';
import { RateWindow } from './limits';
import type { Manifest } from './manifest';

const LOOKUPS_PER_MINUTE = 1_000;
const CHANGES_PER_MINUTE = 500;

const call = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) });
const appContext = { appId: z.string(), envId: z.string(), contextId: z.string() };
const createVariables = z.object({
  input: z.strictObject({
    ...appContext,
    triggerKey: z.string(),
    secretKeyConfig: z.undefined({ error: 'shared secrets of the platform are not modelled' }).optional(),
  }),
  forceCreate: z.boolean().nullish(),
});
const queryVariables = z.object(appContext);
const deleteVariables = z.object({ id: z.string() });

interface WebTriggerUrl {
  id: string;
  moduleKey: string;
  url: string;
}

/** An answer of the GraphQL gateway. */
export interface GraphqlAnswer {
  status: number;
  body: unknown;
}

/** The addresses of web triggers, by the three GraphQL operations that the Forge API package sends. */
export class WebTriggerUrls {
  private urls: WebTriggerUrl[] = [];
  private readonly lookups = new RateWindow(LOOKUPS_PER_MINUTE, 60_000);
  private readonly creations = new RateWindow(CHANGES_PER_MINUTE, 60_000);
  private readonly deletions = new RateWindow(CHANGES_PER_MINUTE, 60_000);

  constructor(
    private readonly manifest: Manifest,
    private readonly identity: Identity,
    private readonly clock: Clock,
    private readonly baseUrl: () => string,
  ) {}

  /** Gives each declared trigger an address. */
  createAll(): void {
    for (const { key } of this.manifest.modules.webtrigger) this.create(key);
  }

  /** The module behind an address's id. */
  moduleOf(id: string): string | undefined {
    return this.urls.find((each) => each.id === id)?.moduleKey;
  }

  /** The newest address of each module. */
  byModule(): Record<string, string> {
    return Object.fromEntries(this.urls.map(({ moduleKey, url }) => [moduleKey, url]));
  }

  /** Forgets every address. */
  clear(): void {
    this.urls = [];
  }

  /** Answers an operation. */
  handle(bodyText: string): GraphqlAnswer {
    const parsed = call.safeParse(JSON.parse(bodyText));
    if (!parsed.success) return problem(z.prettifyError(parsed.error));
    const { query, variables } = parsed.data;
    if (/\bcreateWebTriggerUrl\s*\(/.test(query)) return this.handleCreate(variables);
    if (/\bdeleteWebTriggerUrl\s*\(/.test(query)) return this.handleDelete(variables);
    if (/\bwebTriggerUrlsByAppContext\s*\(/.test(query)) return this.handleQuery(variables);
    return problem('This platform answers the operations of web triggers only.');
  }

  private handleCreate(variables: unknown): GraphqlAnswer {
    const parsed = createVariables.safeParse(variables);
    if (!parsed.success) return problem(z.prettifyError(parsed.error));
    const { input, forceCreate } = parsed.data;
    if (!this.isOwnContext(input)) return problem('The context is of another installation.');
    if (!this.manifest.modules.webtrigger.some(({ key }) => key === input.triggerKey))
      return problem(`The app has no web trigger ${input.triggerKey}.`);
    const now = this.clock.now();
    if (!this.lookups.take(now)) return { status: 429, body: { message: 'Too many requests.' } };
    const known = this.urls.findLast(({ moduleKey }) => moduleKey === input.triggerKey);
    if (known !== undefined && forceCreate !== true) return data({ createWebTriggerUrl: { url: known.url } });
    if (!this.creations.take(now)) return { status: 429, body: { message: 'Too many requests.' } };
    return data({ createWebTriggerUrl: { url: this.create(input.triggerKey).url } });
  }

  private handleDelete(variables: unknown): GraphqlAnswer {
    const parsed = deleteVariables.safeParse(variables);
    if (!parsed.success) return problem(z.prettifyError(parsed.error));
    if (!this.deletions.take(this.clock.now()))
      return { status: 429, body: { message: 'Too many requests.' } };
    const before = this.urls.length;
    this.urls = this.urls.filter(({ id }) => id !== parsed.data.id);
    const success = this.urls.length < before;
    return data({
      deleteWebTriggerUrl: { success, message: success ? 'deleted' : 'Web trigger URL not found.' },
    });
  }

  private handleQuery(variables: unknown): GraphqlAnswer {
    const parsed = queryVariables.safeParse(variables);
    if (!parsed.success) return problem(z.prettifyError(parsed.error));
    if (!this.isOwnContext(parsed.data)) return problem('The context is of another installation.');
    const found = this.urls.map(({ moduleKey, url }) => ({ triggerKey: moduleKey, url }));
    return data({ webTriggerUrlsByAppContext: found });
  }

  private create(moduleKey: string): WebTriggerUrl {
    const id = randomUUID();
    const format = this.manifest.modules.webtrigger.find(({ key }) => key === moduleKey)?.urlFormat;
    const url = { id, moduleKey, url: `${this.baseUrl()}/${format === 'v2' ? 'public' : 'x1'}/${id}` };
    this.urls.push(url);
    return url;
  }

  private isOwnContext(context: { appId: string; envId: string; contextId: string }): boolean {
    const { appId, environmentId, contextAri } = this.identity;
    return context.appId === appId && context.envId === environmentId && context.contextId === contextAri;
  }
}

function data(value: object): GraphqlAnswer {
  return { status: 200, body: { data: value } };
}

function problem(message: string): GraphqlAnswer {
  return { status: 200, body: { data: null, errors: [{ message }] } };
}
