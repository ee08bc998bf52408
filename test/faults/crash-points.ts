import type { PlatformCall, WebTriggerCall } from '../../sandbox/forge/types';
import type { AuthCall } from '../../sandbox/teleport/auth-service';
import { memberOf, type World } from '../support/world';
import { requestByReason } from './lives';

/** One moment in the life of a request at which something can break: the n-th time that a thing is done for it. */
export interface CrashPoint {
  /** What is done, the same for every request: function, part of the platform, operation. */
  label: string;
  /** From 1. */
  occurrence: number;
}

export type Phase = 'before' | 'after';

/** Watches what is done for one request, and breaks off at a chosen moment. */
export class Tracer {
  readonly seen: CrashPoint[] = [];
  hasStruck = false;
  private readonly counts = new Map<string, number>();
  private requestId: string | undefined;

  constructor(
    private readonly world: World,
    private readonly reason: string,
    private readonly target?: { point: CrashPoint; phase: Phase },
  ) {}

  /** Whether what was sent is about this request: by its id, its issue's id, or before both exist by its reason. */
  isAbout(text: string): boolean {
    this.requestId ??= requestByReason(this.world, this.reason);
    if (text.includes(this.reason)) return true;
    if (this.requestId === undefined) return false;
    const issueIds = this.world.issuesOf(this.requestId).map(({ id }) => id);
    return (
      text.includes(this.requestId) || issueIds.some((id) => new RegExp(`(?<!\\d)${id}(?!\\d)`).test(text))
    );
  }

  /** Counts a moment. @returns whether to break off here. */
  pass(label: string, phase: Phase): boolean {
    if (phase === 'before' || !this.hasBoth(label)) this.count(label);
    const occurrence = this.counts.get(label) ?? 0;
    const { target } = this;
    if (this.hasStruck || target?.phase !== phase) return false;
    if (target.point.label !== label || target.point.occurrence !== occurrence) return false;
    this.hasStruck = true;
    return true;
  }

  private count(label: string): void {
    const occurrence = (this.counts.get(label) ?? 0) + 1;
    this.counts.set(label, occurrence);
    if (occurrence === 1 || !label.endsWith(PLACES)) this.seen.push({ label, occurrence });
  }

  /** A hello is known to be about a request only by its answer. */
  private hasBoth(label: string): boolean {
    return label !== LENDING_HELLO;
  }
}

/** How many places a move tries before it finds a free one depends on the moves before it. */
const PLACES = 'store set card-pace';

/** A hello whose answer lends the request's decision to the relay. */
export const LENDING_HELLO = 'app: hello that lends the decision';

/** What an effect of the app is called; `undefined` for reads. */
export function effectOf({ functionKey, target, method, path, body }: PlatformCall): string | undefined {
  switch (target) {
    case 'jira': {
      if (method === 'GET' || path.includes('/search/jql')) return undefined;
      const place = path.replace(/^\/rest\/api\/3\//, '').replace(/\d+/g, '#');
      return `${functionKey}: Jira ${method} ${place}`;
    }
    case 'kvs': {
      const operation = /\/(set|delete|transaction)$/.exec(path)?.[1];
      return operation === undefined ? undefined : `${functionKey}: store ${operation} ${keyKinds(body)}`;
    }
    case 'queue':
      return `${functionKey}: queue push`;
    case 'graphql':
    case 'privacy':
    case 'remote':
    case 'egress':
      return undefined;
  }
}

/** The kinds of keys that a request to the key-value store names. */
function keyKinds(body: string): string {
  const request: unknown = JSON.parse(body);
  const parts = [request, ...list(memberOf(request, 'set')), ...list(memberOf(request, 'delete'))];
  const kinds = parts.flatMap((part) => {
    const key = memberOf(part, 'key');
    return typeof key === 'string' ? [key.split(':')[0]] : [];
  });
  return [...new Set(kinds)].join(' + ');
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What a call of the relay to the app is called, when it is about the request. */
export function callToApp(tracer: Tracer, call: WebTriggerCall, phase: Phase): string | undefined {
  const op = memberOf(JSON.parse(call.body), 'op');
  if (op === 'apply') return tracer.isAbout(call.body) ? 'app: apply' : undefined;
  if (op !== 'hello' || phase === 'before') return undefined;
  const decisions = JSON.stringify(memberOf(JSON.parse(call.answer ?? 'null'), 'decisions') ?? []);
  return tracer.isAbout(decisions) ? LENDING_HELLO : undefined;
}

/** What a call of the relay to Teleport is called, when it is about the request. */
export function callToTeleport(tracer: Tracer, call: AuthCall): string | undefined {
  if (call.user !== 'bot-jira-relay') return undefined;
  return tracer.isAbout(JSON.stringify(call.request)) ? `Teleport: ${call.method}` : undefined;
}
