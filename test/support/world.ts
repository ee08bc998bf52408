import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { keys } from '../../src/store/keys';
import { writeRelayConfig, type RelayConfigSections } from '../../sandbox/relay-config';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/start';
import type { AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import { RequestState } from '../../relay/src/teleport/gen/types';
import type { Comment, Issue, Json } from '../../sandbox/jira';
import type { AskedAccess } from '../../sandbox/teleport/client';
import type { AuditEvent } from '../../sandbox/teleport/cluster';

const POLL_MS = 10;
const WITHIN_MS = 15_000;

/** Waits until `look` gives something other than `undefined` or `false`. @throws Error with `what` when it never does. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = WITHIN_MS,
): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    await sleep(POLL_MS);
  }
}

/** Configuration of a relay that asks for decisions so often that scenarios need not wait for it. */
export const BRISK: RelayConfigSections = { timing: { hello_at_most_every: 0.2 } };

const relayConfig = z.record(z.string(), z.record(z.string(), z.unknown()));

export type Slot = 'pending' | 'approved' | 'denied' | 'expired';

/** The whole system with the moves and looks that scenarios are told in. */
export class World {
  constructor(readonly sandbox: Sandbox) {}

  static async start(options: SandboxOptions = {}): Promise<World> {
    return new World(await startSandbox(options));
  }

  stop(): Promise<void> {
    return this.sandbox.stop();
  }

  /** A person at Teleport asks for access. @returns the request's id. */
  async ask(asked: AskedAccess = {}, user = 'alice'): Promise<string> {
    this.forgetPace();
    const person = await this.sandbox.teleport.connectAs(user);
    return person.request({ roles: ['editor'], ...asked });
  }

  /**
   * Lets everybody move as many cards again as one person may within a minute. Tests move in seconds what people move in
   * hours, so that each request begins anew; what the limit does is tried where many cards are moved after all were asked for.
   */
  forgetPace(): void {
    const { kvs } = this.sandbox.forge;
    for (const { key } of kvs.dump('card-pace')) kvs.remove(key);
  }

  /** The request as Teleport holds it; `undefined` when it does not. */
  request(id: string): AccessRequestV3 | undefined {
    try {
      return this.sandbox.teleport.cluster.get(id);
    } catch {
      return undefined;
    }
  }

  stateOf(id: string): keyof typeof RequestState | 'GONE' {
    const state = this.request(id)?.Spec?.State;
    switch (state) {
      case undefined:
        return 'GONE';
      case RequestState.PENDING:
        return 'PENDING';
      case RequestState.APPROVED:
        return 'APPROVED';
      case RequestState.DENIED:
        return 'DENIED';
      case RequestState.PROMOTED:
        return 'PROMOTED';
      default:
        return 'NONE';
    }
  }

  /** All issues that carry the request's id in their property, oldest first, whoever made them. */
  issuesOf(requestId: string): Issue[] {
    return [...this.sandbox.jira.store.issues.values()].filter(
      (issue) => memberOf(issue.properties.get('teleport-access')?.value, 'requestId') === requestId,
    );
  }

  /** The app's own record of which issue belongs to the request. */
  linkOf(requestId: string): unknown {
    return this.sandbox.forge.kvs.peek(keys.link(this.sandbox.teleport.clusterName, requestId));
  }

  /** Waits for the one issue of a request whose link the app has written. */
  async issueOf(requestId: string, withinMs = WITHIN_MS): Promise<Issue> {
    return until(
      `an issue for request ${requestId}`,
      () => {
        const id = memberOf(memberOf(this.linkOf(requestId), 'issue'), 'id');
        return typeof id === 'string' ? this.sandbox.jira.store.issues.get(id) : undefined;
      },
      withinMs,
    );
  }

  /** The slot of an issue of project TAR, by its status. */
  slotOf(issue: Issue): Slot | undefined {
    const { statuses } = this.sandbox.jira.project;
    const slots: readonly Slot[] = ['pending', 'approved', 'denied', 'expired'];
    return slots.find((slot) => statuses[slot] === issue.statusId);
  }

  async untilSlot(issue: Issue, slot: Slot, withinMs = WITHIN_MS): Promise<void> {
    await until(`${issue.key} in ${slot}`, () => this.slotOf(issue) === slot, withinMs);
  }

  async untilState(id: string, state: ReturnType<World['stateOf']>, withinMs = WITHIN_MS): Promise<void> {
    await until(`request ${id} ${state}`, () => this.stateOf(id) === state, withinMs).catch(
      (error: unknown) => {
        const issues = this.issuesOf(id).map((issue) => [
          issue.key,
          this.slotOf(issue),
          ...this.appComments(issue),
        ]);
        throw new Error(
          `${String(error)}; it is ${this.stateOf(id)}, on the board ${JSON.stringify(issues)}`,
        );
      },
    );
  }

  /** Moves a card as a person over REST, as dragging it does. */
  async move(issue: Issue, slot: Slot, person = 'bob'): Promise<void> {
    await this.sandbox.jira.connectAs(person).moveCard(issue.key, this.sandbox.jira.project.statuses[slot]);
  }

  /** Changes of state in Teleport's audit log, oldest first. */
  updatesOf(requestId: string): AuditEvent[] {
    return this.sandbox.teleport.cluster.audit.filter(
      ({ type, id }) => type === 'access_request.update' && id === requestId,
    );
  }

  /** The decision about the request that waits for a relay, as the app stored it. */
  waitingDecision(requestId: string): unknown {
    return this.sandbox.forge.kvs.peek(keys.decision(this.sandbox.teleport.clusterName, requestId));
  }

  /** Ids of the issues that a person finds by JQL. */
  async search(jql: string, person = 'bob'): Promise<string[]> {
    const answer = await this.sandbox.jira
      .connectAs(person)
      .call('POST', 'search/jql', { jql, fields: ['summary'], maxResults: 100 });
    return searchAnswer.parse(answer.body).issues.map(({ id }) => id);
  }

  /** Changes keys of the relay's configuration file. The relay reads it when it starts, or at a SIGHUP. */
  async configureRelay(changes: RelayConfigSections): Promise<void> {
    const { configFile } = this.sandbox.relay;
    const config = relayConfig.parse(parse(await readFile(configFile, 'utf8')));
    const sections = new Set([...Object.keys(config), ...Object.keys(changes)]);
    const changed = new Map([...sections].map((name) => [name, { ...config[name], ...changes[name] }]));
    await writeRelayConfig(configFile, Object.fromEntries(changed));
  }

  /** Changes keys of the running relay's configuration by SIGHUP and waits until it has taken them over. */
  async reconfigureRelay(changes: RelayConfigSections): Promise<void> {
    const { relay } = this.sandbox;
    const timesRead = () => relay.output().split('configuration read anew').length;
    const before = timesRead();
    await this.configureRelay(changes);
    relay.signal('SIGHUP');
    await until('the relay with its new configuration', () => timesRead() > before);
  }

  /** Comments that the app wrote, oldest first, as plain words. */
  appComments(issue: Issue): string[] {
    return issue.comments
      .filter((comment) => comment.authorId === this.sandbox.forge.appAccountId)
      .map((comment) => wordsOf(comment));
  }

  /** Waits until the relay has nothing left to tell, but what failed, and nothing of the app is at work. */
  async quiet(): Promise<void> {
    const { forge, relay } = this.sandbox;
    let last: unknown;
    await until('the relay in step', async () => {
      await forge.idle({ dueOnly: true });
      // Not while it is being started again.
      const status = await relay.status().catch(() => undefined);
      last = status;
      return status?.ready === true && status.waiting === status.failed.length;
    }).catch((error: unknown) => {
      throw new Error(`The relay is not in step: ${JSON.stringify(last)}\n${relay.tail()}`, { cause: error });
    });
    await forge.idle({ dueOnly: true });
  }

  /** Entries of the administrator's activity list, newest first, as the app stored them. */
  activity(): { kind: unknown; code: unknown; text: unknown; requestId: unknown; accountId: unknown }[] {
    return this.sandbox.forge.kvs.dump('activity:').map(({ value }) => ({
      kind: memberOf(value, 'kind'),
      code: memberOf(value, 'code'),
      text: memberOf(value, 'text'),
      requestId: memberOf(value, 'requestId'),
      accountId: memberOf(value, 'accountId'),
    }));
  }
}

const searchAnswer = z.object({ issues: z.array(z.object({ id: z.string() })) });

/** The words of a comment without formatting. */
export function wordsOf(comment: Comment): string {
  return words(comment.body).trim();
}

/** The words of a document without formatting. */
export function words(node: Json): string {
  if (Array.isArray(node)) return node.map(words).join('');
  if (node === null || typeof node !== 'object') return '';
  if (typeof node['text'] === 'string') return node['text'];
  if (node['type'] === 'hardBreak') return '\n';
  const inner = words(node['content'] ?? null);
  return node['type'] === 'paragraph' || node['type'] === 'heading' ? `${inner}\n` : inner;
}

/** A member of an object that came from outside. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
