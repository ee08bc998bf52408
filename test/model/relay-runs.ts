import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Pairing } from '../../contract/pairing-token';
import {
  applyAnswer,
  helloAnswer,
  inboxError,
  openAnswer,
  type InboxRequest,
  type OpenLink,
} from '../../contract/relay-inbox';
import { signRequest, verifyAnswer } from '../../contract/signing';
import { CONTRACT_VERSION } from '../../contract/version';
import type { RelayConfig } from '../../relay/src/config/schema';
import {
  TeleportError,
  type AppResult,
  type JiraApp,
  type Teleport,
  type WatchEvent,
} from '../../relay/src/ports';
import { createRelay, type Relay } from '../../relay/src/relay';
import type { FakeTeleport } from '../support/relay/fake-teleport';
import { RecordingLog, RecordingMetrics } from '../support/relay/recorders';
import { SkewedClock, type Timeline } from './timeline';

/** The app as relays reach it: one signed call, and what came back, if anything did. */
export type Post = (
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<
  { status: number; headers: Readonly<Record<string, string | undefined>>; body: string } | undefined
>;

/** What can go wrong between relays and the outside, counted down by each call that it hits. */
export interface Trouble {
  callsToTeleport: number;
  writesToTeleport: number;
  hiddenEvents: number;
}

const never = (): Promise<never> => new Promise(() => undefined);
const MAX_ANSWER_BYTES = 5_000_000;

/** One relay of a model world: the real one, on a clock and ports that can be cut, as when its process is killed. */
export class RelayRun {
  readonly clock: SkewedClock;
  readonly log = new RecordingLog();
  private current:
    { relay: Relay; stopping: AbortController; lifeline: Lifeline; ended: Promise<void> } | undefined;

  constructor(
    private outside: {
      timeline: Timeline;
      teleport: FakeTeleport;
      trouble: Trouble;
      post: Post;
      config: RelayConfig;
      pairing: Pairing;
    },
  ) {
    this.clock = new SkewedClock(outside.timeline);
  }

  get isRunning(): boolean {
    return this.current !== undefined;
  }

  /** How many requests still wait to be told to the app, without those that failed with a reason. */
  get waiting(): number {
    const status = this.current?.relay.status();
    return status === undefined ? 0 : status.waiting - status.failed.length;
  }

  /** How many requests it remembers. */
  get remembered(): number {
    return this.current?.relay.status().remembered ?? 0;
  }

  /** Gives it another pairing token, which it reads when it starts. */
  pair(pairing: Pairing): void {
    this.outside = { ...this.outside, pairing };
  }

  start(): void {
    if (this.current !== undefined) return;
    const { teleport, trouble, post, config, pairing } = this.outside;
    const lifeline = new Lifeline();
    const relay = createRelay({
      ...{ config, pairing, log: this.log, metrics: new RecordingMetrics(), version: '0.1.0' },
      teleport: new TeleportOfRelay(teleport, trouble, lifeline),
      jiraApp: signedApp(pairing, this.clock, (headers, body) => lifeline.guard(() => post(headers, body))),
      clock: {
        now: () => this.clock.now(),
        sleep: (ms, signal) => lifeline.guard(() => this.clock.sleep(ms, signal)),
      },
      isPushAvailable: false,
    });
    const stopping = new AbortController();
    const ended = relay.run(stopping.signal, new AbortController().signal);
    this.current = { relay, stopping, lifeline, ended };
  }

  /** Ends it as SIGTERM does: what is under way comes to its end. */
  stop(): void {
    this.current?.stopping.abort();
    this.current = undefined;
  }

  /** Ends it as SIGKILL does: it neither hears nor does anything from now on. */
  kill(): void {
    this.current?.lifeline.cut();
    this.current = undefined;
  }
}

/** What a process's calls hang on: once cut, none of them ever returns to it. */
class Lifeline {
  readonly isCut = new AbortController();

  cut(): void {
    this.isCut.abort();
  }

  async guard<T>(call: () => Promise<T>): Promise<T> {
    if (this.hasEnded()) return never();
    try {
      const value = await call();
      return this.hasEnded() ? await never() : value;
    } catch (error) {
      if (this.hasEnded()) return never();
      throw error;
    }
  }

  private hasEnded(): boolean {
    return this.isCut.signal.aborted;
  }
}

/** Teleport as one relay sees it. */
class TeleportOfRelay implements Teleport {
  constructor(
    private readonly teleport: FakeTeleport,
    private readonly trouble: Trouble,
    private readonly lifeline: Lifeline,
  ) {}

  identity: Teleport['identity'] = () => this.teleport.identity();
  describeWay: Teleport['describeWay'] = () => this.teleport.describeWay();
  ping: Teleport['ping'] = () => this.call(() => this.teleport.ping());
  read: Teleport['read'] = (id) => this.call(() => this.teleport.read(id));
  setState: Teleport['setState'] = (change) => this.write(() => this.teleport.setState(change));
  review: Teleport['review'] = (review) => this.write(() => this.teleport.review(review));
  reconnect: Teleport['reconnect'] = () => undefined;
  close: Teleport['close'] = () => undefined;

  async *list(): ReturnType<Teleport['list']> {
    yield* await this.call(() => collect(this.teleport.list()));
  }

  async *users(): ReturnType<Teleport['users']> {
    yield* await this.call(() => collect(this.teleport.users()));
  }

  async *watch(signal: AbortSignal): AsyncIterable<WatchEvent> {
    await this.call(() => Promise.resolve());
    // A process that was killed leaves the server with a stream that ends.
    const either = AbortSignal.any([signal, this.lifeline.isCut.signal]);
    const events = this.teleport.watch(either)[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.lifeline.guard(() => events.next());
      if (next.done === true) return;
      if (next.value.type !== 'init' && this.trouble.hiddenEvents > 0) this.trouble.hiddenEvents -= 1;
      else yield next.value;
    }
  }

  private call<T>(run: () => Promise<T>): Promise<T> {
    return this.lifeline.guard(() => {
      if (this.trouble.callsToTeleport === 0) return run();
      this.trouble.callsToTeleport -= 1;
      throw new TeleportError('unavailable', 'the connection failed');
    });
  }

  private write<T>(run: () => Promise<T>): Promise<T> {
    return this.call(async () => {
      const value = await run();
      if (this.trouble.writesToTeleport === 0) return value;
      this.trouble.writesToTeleport -= 1;
      throw new TeleportError('unavailable', 'the answer was lost');
    });
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The app behind signed calls, without a network: what the relay's own client does over HTTP. */
function signedApp(pairing: Pairing, clock: SkewedClock, post: Post): JiraApp {
  const key = { keyId: pairing.keyId, secret: pairing.secret };
  const send = async <T>(message: InboxRequest, schema: z.ZodType<T>): Promise<AppResult<T>> => {
    const body = JSON.stringify(message);
    const id = { connectionId: pairing.connectionId, keyId: pairing.keyId, uuid: randomUUID() };
    const headers = signRequest({ role: 'relay-to-app', id, keys: [key], body, now: clock.now() / 1000 });
    const answer = await post(headers, body);
    if (answer === undefined) return { ok: false, kind: 'unreachable', text: 'no answer' };
    const verified = verifyAnswer({
      ...{ role: 'relay-to-app-answer', requestId: headers['webhook-id'], keys: [key] },
      ...{ headers: answer.headers, status: answer.status, body: answer.body },
      ...{ maxBodyBytes: MAX_ANSWER_BYTES, now: clock.now() / 1000 },
    });
    if (!verified.ok) return { ok: false, kind: 'unreachable', text: `not believed: ${verified.problem}` };
    if (answer.status === 200) return { ok: true, value: schema.parse(JSON.parse(answer.body)) };
    const { code } = inboxError.parse(JSON.parse(answer.body));
    return { ok: false, kind: 'refused', code, text: code };
  };
  const v = CONTRACT_VERSION;
  return {
    hello: (message) => send({ v, op: 'hello', ...message }, helloAnswer),
    apply: async (cluster, items) => {
      const answer = await send({ v, op: 'apply', cluster, items: [...items] }, applyAnswer);
      return answer.ok ? { ok: true, value: answer.value.results } : answer;
    },
    open: async (cluster) => {
      const links: OpenLink[] = [];
      for (let pageToken: string | undefined; ;) {
        const answer = await send({ v, op: 'open', cluster, pageToken }, openAnswer);
        if (!answer.ok) return answer;
        links.push(...answer.value.links);
        pageToken = answer.value.nextPageToken;
        if (pageToken === undefined) return { ok: true, value: links };
      }
    },
  };
}
