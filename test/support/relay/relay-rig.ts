import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision } from '../../../contract/decision';
import { toUtcSeconds } from '../../../contract/access-request';
import { encodePairingToken, type Pairing } from '../../../contract/pairing-token';
import { inboxRequest, type ApplyItem, type HelloRequest } from '../../../contract/relay-inbox';
import { findSigningKey, readSignedMessage, signAnswer } from '../../../contract/signing';
import { translateRequest } from '../../../relay/src/teleport/translate';
import { grantDigestOf } from '../../../relay/src/sync/snapshot';
import { buildRelay } from '../../../scripts/build-steps';
import { listenHttp, readBody, type HttpListener } from '../../../sandbox/http';
import { freePort } from '../../../sandbox/ports';
import { relayConfigFor, writeRelayConfig, type RelayConfigSections } from '../../../sandbox/relay-config';
import { RelayProcess } from '../../../sandbox/relay-process';
import { startTeleport, type TeleportSandbox } from '../../../sandbox/teleport';
import type { AuditEvent } from '../../../sandbox/teleport/cluster';
import { RequestState } from '../../../relay/src/teleport/gen/types';
import { until } from '../world';

export const RELAY_USER = 'bot-jira-relay';
const CLOUD_ID = randomUUID();
const APP_UUID = randomUUID();
const ENVIRONMENT_UUID = randomUUID();
/** The installation that the pairing token of the rig pins, with ids as the app writes them. */
export const INSTALLATION = {
  cloudId: CLOUD_ID,
  appId: `ari:cloud:ecosystem::app/${APP_UUID}`,
  appUuid: APP_UUID,
  environmentId: `ari:cloud:ecosystem::environment/${APP_UUID}/${ENVIRONMENT_UUID}`,
  environmentUuid: ENVIRONMENT_UUID,
};

/**
 * A real relay process between a simulated cluster and a stand-in for the app that only speaks the contract: it confirms the
 * cluster, keeps what it is told and lends what a test puts there. For what is about the relay alone.
 */
export class RelayRig {
  readonly hellos: HelloRequest[] = [];
  readonly applied: ApplyItem[] = [];
  /** Handed out with the next hello, once. */
  lent: Decision[] = [];

  private constructor(
    readonly teleport: TeleportSandbox,
    readonly relay: RelayProcess,
    readonly pairing: Pairing,
    /** Base address of the listener for pushed decisions. */
    readonly pushUrl: string,
    private readonly config: Record<string, unknown>,
    private readonly ends: (() => Promise<unknown>)[],
  ) {}

  static async start(overrides: RelayConfigSections = {}): Promise<RelayRig> {
    const dataDir = await mkdtemp(join(tmpdir(), 'relay-rig-'));
    const ends: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
    const [teleport, bundleFile] = await Promise.all([startTeleport({ dataDir }), buildRelay()]);
    ends.push(() => teleport.stop());
    const started: { rig?: RelayRig } = {};
    const app = await listenHttp(async (request, response) => {
      const body = (await readBody(request)) ?? '';
      const reply = started.rig?.answer(request.headersDistinct, body);
      response.writeHead(reply?.status ?? 503, reply?.headers).end(reply?.body ?? '');
    });
    ends.push(() => app.close());
    const pairing = pairingFor(app);
    const tokenFile = join(dataDir, 'pairing-token');
    await writeFile(tokenFile, encodePairingToken(pairing), { mode: 0o600 });
    const [healthAddress, pushAddress] = await Promise.all([freePort(), freePort()]).then((ports) =>
      ports.map((port) => `127.0.0.1:${port}`),
    );
    const configFile = join(dataDir, 'relay.yaml');
    const facts = {
      authAddress: teleport.authAddress,
      identityFile: teleport.identities[RELAY_USER] ?? '',
      pairingTokenFile: tokenFile,
      healthAddress: healthAddress ?? '',
    };
    const config = relayConfigFor(facts, {
      ...overrides,
      http: { health_address: healthAddress, decisions_address: pushAddress, ...overrides['http'] },
      timing: { hello_at_most_every: 0.1, ...overrides['timing'] },
    });
    await writeRelayConfig(configFile, config);
    const relay = new RelayProcess({ bundleFile, configFile, healthUrl: `http://${healthAddress}` });
    ends.push(() => relay.stop());
    const rig = new RelayRig(teleport, relay, pairing, `http://${pushAddress}`, config, ends);
    started.rig = rig;
    relay.start();
    await relay.untilReady();
    return rig;
  }

  async stop(): Promise<void> {
    for (let end = this.ends.pop(); end !== undefined; end = this.ends.pop()) await end();
  }

  /** Changes decisions or ceiling of the running relay by SIGHUP. */
  async reconfigure(changes: RelayConfigSections): Promise<void> {
    const sections = Object.entries(changes).map(([name, keys]) => {
      const before = this.config[name];
      return [name, { ...(typeof before === 'object' ? before : {}), ...keys }] as const;
    });
    await writeRelayConfig(this.relay.configFile, { ...this.config, ...Object.fromEntries(sections) });
    const timesRead = (): number => this.relay.output().split('configuration read anew').length;
    const before = timesRead();
    this.relay.signal('SIGHUP');
    await until('the relay with its new configuration', () => timesRead() > before);
  }

  /** A person asks for access. @returns the request's id. */
  async ask(roles: string[] = ['editor'], user = 'alice'): Promise<string> {
    return (await this.teleport.connectAs(user)).request({ roles, reason: 'look at a slow query' });
  }

  stateOf(requestId: string): string {
    return RequestState[this.teleport.cluster.get(requestId).Spec?.State ?? RequestState.NONE];
  }

  /** A decision about a request as Teleport holds it now. */
  decisionOn(requestId: string, changes: Partial<Decision> = {}): Decision {
    const translated = translateRequest(this.teleport.cluster.get(requestId));
    if (!translated.ok) throw new Error(translated.reason);
    const now = Date.now();
    return {
      v: 1,
      id: `p:10001:${randomUUID()}`,
      connectionId: this.pairing.connectionId,
      cluster: this.teleport.clusterName,
      requestId,
      verdict: 'approve',
      source: 'panel',
      actor: { accountId: 'account-bob' },
      reason: 'fine by me',
      issue: { id: '10001', key: 'TAR-1', url: 'https://jira.test/browse/TAR-1' },
      grantDigest: grantDigestOf(translated.request),
      decidedAt: toUtcSeconds(new Date(now)),
      notAfter: toUtcSeconds(new Date(now + 900_000)),
      ...changes,
    };
  }

  /** Lends a decision as a hello's answer does. @returns what the relay reports of it. */
  async lend(decision: Decision): Promise<NonNullable<ApplyItem['outcome']>['outcome']> {
    const reported = this.applied.length;
    this.lent.push(decision);
    const item = await until(`an outcome of ${decision.id}`, () =>
      this.applied.slice(reported).find(({ outcome }) => outcome?.decisionId === decision.id),
    );
    if (item.outcome === undefined) throw new Error('no outcome');
    return item.outcome.outcome;
  }

  /** What the relay did to a request, by Teleport's audit log. */
  doneByRelay(requestId: string): AuditEvent[] {
    return this.teleport.cluster.audit.filter(({ id, user }) => id === requestId && user === RELAY_USER);
  }

  /** Waits for a hello that began after now. */
  async nextHello(): Promise<HelloRequest> {
    const count = this.hellos.length;
    return until('another hello', () => this.hellos[count]);
  }

  private answer(headers: Readonly<Record<string, string[] | undefined>>, body: string) {
    const now = Date.now() / 1000;
    const key = { keyId: this.pairing.keyId, secret: this.pairing.secret };
    const read = readSignedMessage({ headers, body, maxBodyBytes: 1_000_000, now });
    if (!read.ok || findSigningKey(read.message, 'relay-to-app', body, [key]) === undefined) {
      return { status: 401, headers: {}, body: '' };
    }
    const text = JSON.stringify(this.reply(body));
    const requestId = read.message.rawId;
    const signed = signAnswer({ role: 'relay-to-app-answer', requestId, key, status: 200, body: text, now });
    return { status: 200, headers: { ...signed }, body: text };
  }

  private reply(body: string): object {
    const message = inboxRequest.parse(JSON.parse(body));
    switch (message.op) {
      case 'hello': {
        this.hellos.push(message);
        const decisions = this.lent.splice(0);
        const times = { mirrorSince: '2026-01-01T00:00:00Z', helloAfterSeconds: 15 };
        return { v: 1, op: 'hello', connection: 'confirmed', ...times, decisions, statusToken: 't' };
      }
      case 'open':
        return { v: 1, op: 'open', links: [] };
      case 'apply': {
        this.applied.push(...message.items);
        const issue = { issueId: '10001', issueKey: 'TAR-1' };
        const results = message.items.map(({ requestId }) => ({ requestId, result: 'updated', ...issue }));
        return { v: 1, op: 'apply', results };
      }
    }
  }
}

function pairingFor(app: HttpListener): Pairing {
  return {
    webTriggerUrl: `${app.url}/inbox`,
    connectionId: randomUUID(),
    keyId: 'key-1',
    secret: randomBytes(32).toString('base64url'),
    cloudId: INSTALLATION.cloudId,
    appId: INSTALLATION.appId,
    environmentId: INSTALLATION.environmentId,
  };
}
