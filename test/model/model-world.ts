import type { RequestState } from '../../contract/access-request';
import { relayConfig } from '../../relay/src/config/schema';
import type { AccessRequest } from '../../relay/src/ports';
import { answerInbox } from '../../src/usecases/answer-inbox';
import { decide } from '../../src/usecases/panel/decide';
import type { RemoteRelay } from '../../src/usecases/push-decision';
import { sweepAll, sweepMoves } from '../../src/usecases/sweep';
import { ISSUE_TYPE, PROJECT, STATUS } from '../support/fakes/jira-site';
import { connect } from '../support/fakes/samples';
import { createFakeServices, fakeSettings, type FakeServices } from '../support/fakes/services';
import { accessRequest, FakeTeleport } from '../support/relay/fake-teleport';
import { sampleHello } from '../support/sample-messages';
import { hasIssue } from '../../src/domain/link';
import type { Account, Action, EventFate, Mode, Place } from './actions';
import { AppInvocations } from './app-invocations';
import { Oracle } from './oracle';
import { RelayRun, type Trouble } from './relay-runs';
import { Timeline } from './timeline';

/** The seconds after which the relays read everything anew, although nothing failed. */
export const LIST_EVERY_SECONDS = 300;
/** Teleport removes what nobody answered, and what access is over, so long after its end, in milliseconds. */
const REMOVED_AFTER_MS = 90_000;
const OTHER_PROJECT = '10099';
const APPROVER_GROUP = 'group-1';
const EDITED = 'edited by hand';
/** No relay of this world has an address. */
const NO_ADDRESS: RemoteRelay = { post: () => Promise.reject(new Error('no address')) };

/** What is true of a request, whoever knows it. */
export interface TrueRequest {
  /** As Teleport holds it, or held it last. */
  request: AccessRequest;
  /** When Teleport stopped holding it, Unix milliseconds. */
  removedAt: number | undefined;
  /** What it may be known as by whoever did not hear all of it: a request that vanishes while it waits counts as expired. */
  earlier: ReadonlySet<RequestState>;
}

/**
 * Teleport, Jira, the app's functions and two relays on one clock, with everything that can break. App and relay are the real
 * use cases and the real relay; the outside systems are the fakes that all tests share. What it does not model: times within
 * an invocation (people do nothing while a function runs), push, several clusters, permissions.
 */
export class ModelWorld {
  readonly teleport = new FakeTeleport();
  readonly services: FakeServices = createFakeServices();
  readonly timeline = new Timeline(this.services.clock);
  readonly app = new AppInvocations(this.services, this.timeline);
  readonly relays: RelayRun[] = [];
  readonly oracle: Oracle;
  readonly truth = new Map<string, TrueRequest>();
  /** Issues that somebody deleted or moved to another project. */
  readonly takenAway = new Set<string>();
  /** Issues that somebody copied from others. */
  readonly clones = new Set<string>();
  private readonly trouble: Trouble = { callsToTeleport: 0, writesToTeleport: 0, hiddenEvents: 0 };
  private callTrouble: { how: 'request lost' | 'answer lost' | 'doubled'; calls: number } | undefined;
  private listLagMs = 0;
  private connection = '';
  private ids = 0;

  private constructor(
    private readonly mode: Mode,
    private readonly listEverySeconds: number,
  ) {
    this.oracle = new Oracle(this.services, this.teleport);
  }

  static async start(mode: Mode, listEverySeconds = LIST_EVERY_SECONDS): Promise<ModelWorld> {
    const world = new ModelWorld(mode, listEverySeconds);
    const { services, teleport } = world;
    services.people.add('member', { groupIds: [APPROVER_GROUP] });
    for (const id of ['approver', 'requester', 'outsider']) services.people.add(id);
    services.people.add('automation', { accountType: 'app' });
    await services.settings.write(
      fakeSettings({
        approvers: {
          groupIds: [APPROVER_GROUP],
          accountIds: ['approver', 'requester'],
          projectRoleIds: [],
          permission: false,
        },
        people: [{ teleportUser: 'alice', accountId: 'requester' }],
      }),
    );
    const { identityFacts, facts } = teleport;
    const hello = sampleHello({
      cluster: {
        name: facts.name,
        caFingerprint: identityFacts.caFingerprint,
        version: facts.version,
        reviews: true,
      },
      decisions: { mode, approverIdentity: 'any', accept: ['panel', 'card'], ceiling: [] },
    });
    const connectionId = await connect(services, hello);
    world.connection = connectionId;
    teleport.onSetState = (change) => world.oracle.judgeStateChange(change);
    teleport.onReview = (review) => world.oracle.judgeReview(review);
    world.relays.push(world.newRelay(connectionId), world.newRelay(connectionId));
    world.relays[0]?.start();
    await world.timeline.advance(1);
    return world;
  }

  /** The one connection that both relays work for. */
  get connectionId(): string {
    return this.connection;
  }

  private newRelay(connectionId: string): RelayRun {
    const { teleport, timeline, trouble } = this;
    return new RelayRun({
      ...{ teleport, timeline, trouble },
      post: (headers, body) => this.post(headers, body),
      config: relayConfig.parse({
        teleport: { address: 'auth.test:3025', identity_file: '/identity' },
        jira_app: { pairing_token: 'unused here' },
        decisions: {
          mode: this.mode,
          ...(this.mode !== 'observe' && { approver_identity: 'any' }),
        },
        timing: { list_every: this.listEverySeconds },
      }),
      pairing: {
        ...{ connectionId, keyId: 'k1', secret: 'c'.repeat(43) },
        webTriggerUrl: 'https://app.test/public/inbox',
        ...{ cloudId: 'cloud', appId: 'app', environmentId: 'environment' },
      },
    });
  }

  /** One call of a relay, by way of a network that may lose or double it. */
  private async post(
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Awaited<ReturnType<typeof answerInbox>> | undefined> {
    const trouble = this.takeCallTrouble();
    if (trouble === 'request lost') return undefined;
    const invoke = () => this.app.invoke(() => answerInbox(this.services, { headers, body }));
    const [invoked] = trouble === 'doubled' ? await Promise.all([invoke(), invoke()]) : [await invoke()];
    if (invoked.ended === 'killed' || trouble === 'answer lost') return undefined;
    await this.oracle.noteAnswer(invoked.value.body);
    return invoked.value;
  }

  private takeCallTrouble(): 'request lost' | 'answer lost' | 'doubled' | undefined {
    const trouble = this.callTrouble;
    if (trouble === undefined || trouble.calls === 0) return undefined;
    trouble.calls -= 1;
    return trouble.how;
  }

  /** Lets one thing happen, and what follows at once. */
  async act(action: Action): Promise<void> {
    await this.begin(action);
    await this.pass(1);
  }

  /** Lets the time pass; Teleport removes what ends meanwhile. */
  async pass(seconds: number): Promise<void> {
    const { timeline } = this;
    const end = timeline.now() + seconds * 1000;
    for (;;) {
      const next = this.nextRemoval();
      if (next === undefined || next.at > end) break;
      await timeline.advance(Math.max(0, next.at - timeline.now()) / 1000);
      this.remove(next.id);
    }
    await timeline.advance(Math.max(0, end - timeline.now()) / 1000);
  }

  private nextRemoval(): { id: string; at: number } | undefined {
    let first: { id: string; at: number } | undefined;
    for (const { id, state, requestExpiresAt, accessExpiresAt } of this.teleport.requests.values()) {
      const end = state === 'PENDING' ? requestExpiresAt : accessExpiresAt;
      const at = (end?.getTime() ?? Infinity) + REMOVED_AFTER_MS;
      if (at < (first?.at ?? Infinity)) first = { id, at };
    }
    return first;
  }

  private async begin(action: Action): Promise<void> {
    const { services, app, relays, trouble } = this;
    const { site, effects, people } = services;
    switch (action.do) {
      case 'create':
        return void this.ask(action.user, action.expiresAfterMinutes);
      case 'review': {
        this.review(this.request(action.request)?.id, action.verdict);
        return;
      }
      case 'set state': {
        this.setState(this.request(action.request)?.id, action.state);
        return;
      }
      case 'remove': {
        this.remove(this.request(action.request)?.id);
        return;
      }
      case 'move': {
        this.move(this.issue(action.issue), action.to, action.by, action.event);
        return;
      }
      case 'press':
        return this.press(this.issue(action.issue), action.verdict, action.by);
      case 'edit': {
        const id = this.issue(action.issue);
        if (id !== undefined) site.edit(id, action.by, { summary: EDITED });
        return;
      }
      case 'delete issue': {
        const id = this.issue(action.issue);
        if (id === undefined) return;
        site.issues.delete(id);
        this.takenAway.add(id);
        app.changed(id, action.event);
        return;
      }
      case 'move issue away': {
        const id = this.issue(action.issue);
        if (id === undefined) return;
        site.move(id, site.get(id).statusId, action.by, true);
        site.get(id).projectId = OTHER_PROJECT;
        this.takenAway.add(id);
        app.changed(id, action.event);
        return;
      }
      case 'clone': {
        this.clone(this.issue(action.issue), action.by, action.event);
        return;
      }
      case 'leave group':
        return void people.add('member', { groupIds: [] });
      case 'join group':
        return void people.add('member', { groupIds: [APPROVER_GROUP] });
      case 'kill relay':
        return relays[action.relay]?.kill();
      case 'stop relay':
        return relays[action.relay]?.stop();
      case 'start relay':
        return relays[action.relay]?.start();
      case 'restart both relays':
        for (const relay of relays) {
          relay.kill();
          relay.start();
        }
        return;
      case 'kill app': {
        effects.killAfter(action.afterEffects);
        return;
      }
      case 'Jira fails': {
        const how = {
          before: 'uncertain_before',
          after: 'uncertain_after',
          'rate limited': { rateLimitedSeconds: 30 },
        } as const;
        site.fail(action.call, how[action.how]);
        return;
      }
      case 'calls fail':
        this.callTrouble = { how: action.how, calls: action.calls };
        return;
      case 'Teleport fails':
        trouble.callsToTeleport = action.calls;
        return;
      case 'Teleport does not answer writes':
        trouble.writesToTeleport = action.calls;
        return;
      case 'stream ends': {
        this.teleport.endStreams();
        return;
      }
      case 'stream hides events':
        trouble.hiddenEvents = action.events;
        return;
      case 'lists lag':
        this.listLagMs = action.seconds * 1000;
        services.kvs.listLagMs = this.listLagMs;
        site.searchLagMs = this.listLagMs;
        return;
      case 'clock jumps': {
        const relay = relays[action.relay];
        if (relay !== undefined) relay.clock.offsetMs = action.seconds * 1000;
        return;
      }
      case 'late events come': {
        app.bringLateEvents();
        return;
      }
      case 'sweep':
        await this.sweep(action.all);
        return;
      case 'time passes':
        return this.pass(action.seconds);
    }
  }

  /** Runs the app's scheduled functions. */
  async sweep(all: boolean): Promise<void> {
    await this.app.invoke(() => sweepMoves(this.services));
    if (all) await this.app.invoke(() => sweepAll(this.services));
  }

  /** Everything works again, and at least one relay runs. What is late stays away: nothing may depend on it. */
  heal(): void {
    const { services, trouble, relays } = this;
    services.effects.revive();
    services.site.heal();
    services.kvs.listLagMs = 0;
    services.site.searchLagMs = 0;
    Object.assign(trouble, { callsToTeleport: 0, writesToTeleport: 0, hiddenEvents: 0 } satisfies Trouble);
    this.callTrouble = undefined;
    for (const relay of relays) relay.clock.offsetMs = 0;
    if (relays.every((relay) => !relay.isRunning)) relays[0]?.start();
  }

  /** Ends all relays, so that nothing is left of the world. */
  end(): void {
    for (const relay of this.relays) relay.kill();
  }

  private request(number: number): AccessRequest | undefined {
    const all = [...this.teleport.requests.values()];
    return all.length === 0 ? undefined : all[number % all.length];
  }

  /** An issue of the mapped project, a clone among them. */
  private issue(number: number): string | undefined {
    const all = [...this.services.site.issues.values()].filter(({ projectId }) => projectId === PROJECT);
    return all.length === 0 ? undefined : all[number % all.length]?.id;
  }

  private isPast({ requestExpiresAt }: AccessRequest): boolean {
    return requestExpiresAt !== undefined && this.timeline.now() >= requestExpiresAt.getTime();
  }

  private put(request: AccessRequest): void {
    // What a relay decided before stands in Teleport alone.
    const before = this.teleport.requests.get(request.id)?.state ?? request.state;
    const known = this.truth.get(request.id)?.earlier ?? ['EXPIRED'];
    const earlier = new Set<RequestState>([...known, before, request.state]);
    this.truth.set(request.id, { request, removedAt: undefined, earlier });
    this.teleport.put(request);
  }

  /** The same life has the same ids. */
  private nextUuid(): string {
    this.ids += 1;
    return `${String(this.ids).padStart(8, '0')}-1111-4111-8111-111111111111`;
  }

  /** Somebody asks for access. @returns the request's id. */
  ask(user: string, expiresAfterMinutes: number): string {
    const now = this.timeline.now();
    const id = this.nextUuid();
    const createdAt = new Date(now);
    this.put(
      accessRequest({
        ...{ id, user, createdAt },
        requestExpiresAt: new Date(now + expiresAfterMinutes * 60_000),
        accessExpiresAt: new Date(now + 12 * 3_600_000),
      }),
    );
    return id;
  }

  /** Somebody reviews a request in Teleport, which decides it by the thresholds of this world. */
  review(id: string | undefined, verdict: 'APPROVED' | 'DENIED'): void {
    const request = this.teleport.requests.get(id ?? '');
    if (request?.state !== 'PENDING' || this.isPast(request)) return;
    const createdAt = new Date(this.timeline.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const review = { author: 'bob', verdict, reason: '', createdAt, countsFor: [0] };
    this.put({ ...request, state: verdict, reviews: [...request.reviews, review] });
  }

  /** Somebody sets a request's state with tctl. Teleport lets nobody bring a denied one back (types.AccessRequestV3, SetState). */
  setState(id: string | undefined, state: 'APPROVED' | 'DENIED'): void {
    const request = this.teleport.requests.get(id ?? '');
    if (request !== undefined && request.state !== 'DENIED' && !this.isPast(request))
      this.put({ ...request, state, resolveReason: 'by hand' });
  }

  /** Teleport holds a request no longer. */
  remove(id: string | undefined): void {
    const request = id === undefined ? undefined : this.teleport.requests.get(id);
    if (request === undefined) return;
    const earlier = this.truth.get(request.id)?.earlier ?? new Set();
    this.truth.set(request.id, { request, removedAt: this.timeline.now(), earlier });
    this.teleport.delete(request.id);
  }

  /** Somebody moves a card. */
  move(issueId: string | undefined, to: Place, by: Account, event: EventFate): void {
    const { site } = this.services;
    if (issueId === undefined || site.get(issueId).statusId === STATUS[to]) return;
    site.move(issueId, STATUS[to], by);
    this.app.changed(issueId, event);
  }

  /** The issue that stands for a request, by the app's record. */
  async issueOf(requestId: string): Promise<string | undefined> {
    const link = await this.services.links.read(this.teleport.facts.name, requestId);
    return link !== undefined && hasIssue(link) ? link.issue.id : undefined;
  }

  /** Somebody decides by button. */
  async press(issueId: string | undefined, verdict: 'approve' | 'deny', by: Account): Promise<void> {
    if (issueId === undefined) return;
    const { services } = this;
    await this.app.invoke(async () => {
      const reference = await services.links.findByIssue(issueId);
      const shown = reference && (await services.links.readSnapshot(reference.cluster, reference.requestId));
      const payload = {
        verdict,
        reason: 'by button',
        uuid: this.nextUuid(),
        grantDigest: shown?.grantDigest ?? '',
      };
      return decide(services, NO_ADDRESS, { accountId: by }, issueId, payload);
    });
  }

  private clone(issueId: string | undefined, by: Account, event: EventFate): void {
    if (issueId === undefined) return;
    const { summary, description, property, statusId } = this.services.site.get(issueId);
    const clone = this.services.site.addIssue({
      ...{ summary: `CLONE - ${summary}`, description, property, statusId },
      ...{ creator: by, projectId: PROJECT, issueTypeId: ISSUE_TYPE },
    });
    this.clones.add(clone.id);
    this.app.changed(clone.id, event);
  }

  /** The truth about each request, the newest state of those that Teleport still holds included. */
  trueRequests(): TrueRequest[] {
    return [...this.truth.values()].map((truth) => ({
      ...truth,
      request: this.teleport.requests.get(truth.request.id) ?? truth.request,
    }));
  }
}
