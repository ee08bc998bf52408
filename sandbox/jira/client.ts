import { z } from 'zod';
import type { Json } from './model';

/** An answer of the REST API. */
export interface JiraAnswer {
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
}

const created = z.object({ id: z.string(), key: z.string() });
const transitions = z.object({
  transitions: z.array(
    z.object({ id: z.string(), name: z.string(), to: z.object({ id: z.string(), name: z.string() }) }),
  ),
});
const issue = z.object({
  id: z.string(),
  key: z.string(),
  fields: z.looseObject({
    summary: z.string(),
    description: z.unknown(),
    status: z.object({ id: z.string(), name: z.string() }),
  }),
});
const comments = z.object({
  comments: z.array(
    z.looseObject({ id: z.string(), author: z.object({ accountId: z.string() }), body: z.json() }),
  ),
});

/** A refused call. */
class JiraRefusal extends Error {
  constructor(
    readonly answer: JiraAnswer,
    what: string,
  ) {
    super(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** A person, or an app, at the simulated site over REST with credentials of their own. Refused calls throw. */
export class JiraPerson {
  constructor(
    private readonly baseUrl: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Calls `/rest/api/3/<path>` and gives whatever is answered. */
  async call(method: string, path: string, body?: unknown): Promise<JiraAnswer> {
    return this.send(method, `/rest/api/3/${path}`, body);
  }

  /** Takes the transition that leads to a status, given by id or name. @throws Error when none is offered. */
  async moveCard(issueIdOrKey: string, status: string): Promise<void> {
    const offered = transitions.parse(await this.need('GET', `issue/${issueIdOrKey}/transitions`));
    const transition = offered.transitions.find(({ to }) => to.id === status || to.name === status);
    if (transition === undefined)
      throw new Error(`no transition of ${issueIdOrKey} leads this person to ${status}`);
    await this.takeTransition(issueIdOrKey, transition.id);
  }

  async takeTransition(
    issueIdOrKey: string,
    transitionId: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.need('POST', `issue/${issueIdOrKey}/transitions`, {
      transition: { id: transitionId },
      ...more,
    });
  }

  /** Transitions that are offered. */
  async transitions(issueIdOrKey: string): Promise<z.infer<typeof transitions>['transitions']> {
    return transitions.parse(await this.need('GET', `issue/${issueIdOrKey}/transitions`)).transitions;
  }

  /** @returns the id of the comment. */
  async comment(issueIdOrKey: string, text: string): Promise<string> {
    const answer = await this.need('POST', `issue/${issueIdOrKey}/comment`, { body: document(text) });
    return z.object({ id: z.string() }).parse(answer).id;
  }

  /** Comments, oldest first. */
  async comments(issueIdOrKey: string): Promise<z.infer<typeof comments>['comments']> {
    return comments.parse(await this.need('GET', `issue/${issueIdOrKey}/comment?maxResults=5000`)).comments;
  }

  async edit(issueIdOrKey: string, change: { summary?: string; description?: string }): Promise<void> {
    const { description, ...fields } = change;
    await this.need('PUT', `issue/${issueIdOrKey}`, {
      fields: { ...fields, ...(description === undefined ? {} : { description: document(description) }) },
    });
  }

  async issue(issueIdOrKey: string): Promise<z.infer<typeof issue>> {
    return issue.parse(await this.need('GET', `issue/${issueIdOrKey}`));
  }

  async setProperty(issueIdOrKey: string, key: string, value: Json): Promise<void> {
    await this.need('PUT', `issue/${issueIdOrKey}/properties/${encodeURIComponent(key)}`, value);
  }

  async createIssue(input: {
    projectId: string;
    issueTypeId: string;
    summary: string;
    properties?: { key: string; value: Json }[];
  }): Promise<{ id: string; key: string }> {
    const answer = await this.need('POST', 'issue', {
      fields: {
        project: { id: input.projectId },
        issuetype: { id: input.issueTypeId },
        summary: input.summary,
      },
      ...(input.properties === undefined ? {} : { properties: input.properties }),
    });
    return created.parse(answer);
  }

  async deleteIssue(issueIdOrKey: string): Promise<void> {
    await this.need('DELETE', `issue/${issueIdOrKey}`);
  }

  /** Clones as the menu of Jira's page does. */
  async cloneIssue(issueIdOrKey: string): Promise<{ id: string; key: string }> {
    return created.parse(await this.onPage(`clone/${issueIdOrKey}`, {}));
  }

  /** Moves to another project or type as Jira's page does. */
  async moveIssue(
    issueIdOrKey: string,
    target: { project: string; issueType: string; statusId?: string },
  ): Promise<{ id: string; key: string }> {
    return created.parse(await this.onPage(`move/${issueIdOrKey}`, target));
  }

  async archiveIssue(issueIdOrKey: string): Promise<void> {
    await this.onPage(`archive/${issueIdOrKey}`, {});
  }

  private async need(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300) throw new JiraRefusal(answer, `${method} ${path}`);
    return answer.body;
  }

  private async onPage(path: string, body: unknown): Promise<unknown> {
    const answer = await this.send('POST', `/_sandbox/${path}`, body);
    if (answer.status >= 300) throw new JiraRefusal(answer, path);
    return answer.body;
  }

  private async send(method: string, path: string, body: unknown): Promise<JiraAnswer> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      // Tasks are answered with 303; whoever asks for one wants to see that.
      redirect: 'manual',
      headers: { ...this.headers, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }
}

/** A document of one paragraph per line. */
export function document(text: string): Json {
  return {
    type: 'doc',
    version: 1,
    content: text.split('\n').map((line) => ({
      type: 'paragraph',
      content: line === '' ? [] : [{ type: 'text', text: line }],
    })),
  };
}
