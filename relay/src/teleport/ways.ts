import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { oneLine } from '../errors';
import type { Log, TeleportWay } from '../ports';
import { AUTH_SERVER_NAME, authHandshake, authRoute, HTTP2 } from './auth-handshake';
import { upgradeConnection, upgradeOverride } from './connection-upgrade';
import { openFirstHop, throughHttpProxy, type Path } from './dial';
import type { Identity } from './identity';
import { ConnectFailure, failure, type ProblemCode } from './problems';
import { connectWeb, findCluster, glanceAt, webAuthorities, type Glance, type WebFacts } from './web-address';

/** What ways are looked for with. */
export interface WaysOptions {
  path: Path;
  env: Readonly<Record<string, string | undefined>>;
  /** PEM of CAs that web certificates are trusted by beside the public ones; read at each use. */
  webCaPem: () => string | undefined;
  log: Log;
  /** Whether one attempt tries everything although the server hangs up each time: for probes that have but one. */
  isThorough?: boolean;
}

type Way = TeleportWay['way'];

/** Protocol that only a proxy of Teleport answers to, for the test of what a balancer leaves of ALPN (Teleport, ALPN test). */
const TEST_PROTOCOL = 'teleport-reversetunnel';
/** Longest cluster name whose route fits into one element of an ALPN list. */
const MAX_CLUSTER_NAME_BYTES = 109;
const AUTH_PORT = 3025;
const WEB_PORTS = [443, 3080];
/** A whole attempt with all its questions may take so long, in milliseconds. */
const ATTEMPT_WITHIN_MS = 25_000;

/** Somebody answers who is no Auth Service, so that another way may lead there. */
const NOT_AUTH = new Set<ProblemCode>(['wrong_host', 'alpn_refused', 'name_refused']);
/** So often in a row a way that once led to the Auth Service may meet somebody who hangs up before it is given up. */
const HANG_UPS_UNTIL_FORGOTTEN = 5;

/**
 * Finds the way from one address to the Auth Service and remembers it: directly, over the proxy's ALPN route, or over that
 * route inside an upgraded connection when a balancer ends TLS in front of the proxy.
 */
export class Ways {
  private chosen: TeleportWay | undefined;
  private hangUps = 0;

  constructor(private readonly options: WaysOptions) {}

  /** The way that led to the Auth Service; `undefined` before one did. */
  get current(): TeleportWay | undefined {
    return this.chosen;
  }

  /**
   * Makes a verified TLS connection to the Auth Service, beginning with `first`, a connection to the first hop.
   * @throws ConnectFailure
   */
  async connect(first: Socket, identity: Identity): Promise<TLSSocket> {
    const signal = AbortSignal.timeout(ATTEMPT_WITHIN_MS);
    const attempt = new Attempt(this.options, identity, first, signal);
    try {
      const socket = await (this.chosen === undefined ? this.choose(attempt) : attempt.go(this.chosen.way));
      this.hangUps = 0;
      return socket;
    } catch (error) {
      if (error instanceof ConnectFailure) this.learnFrom(error);
      throw error;
    }
  }

  /** Something may have changed in front of the Auth Service; then the next attempt looks for the way anew. */
  private learnFrom({ problem: { code } }: ConnectFailure): void {
    // Any other answer ends the row, so that the next attempt begins with the first way again: it may be back.
    this.hangUps = code === 'hung_up' ? this.hangUps + 1 : 0;
    if (NOT_AUTH.has(code) || this.hangUps >= HANG_UPS_UNTIL_FORGOTTEN) this.chosen = undefined;
  }

  private async choose(attempt: Attempt): Promise<TLSSocket> {
    const { socket, way, reason } = await attempt.find(this.hangUps);
    const via = this.options.path.httpProxy === undefined ? {} : { via: 'http-proxy' as const };
    this.chosen = { way, ...via, reason };
    this.options.log.info('found the way to the Auth Service', { way, via: via.via, reason });
    return socket;
  }
}

interface Found {
  socket: TLSSocket;
  way: Way;
  reason: string;
}

/** One attempt: everything that is asked until a connection stands. */
class Attempt {
  private readonly protocols: string[];

  constructor(
    private readonly options: WaysOptions,
    private readonly identity: Identity,
    private unused: Socket | undefined,
    private readonly signal: AbortSignal,
  ) {
    const { clusterName } = identity;
    this.protocols =
      Buffer.byteLength(clusterName) <= MAX_CLUSTER_NAME_BYTES ? [authRoute(clusterName), HTTP2] : [HTTP2];
  }

  async go(way: Way): Promise<TLSSocket> {
    switch (way) {
      case 'direct':
        return authHandshake(await this.open(), this.identity, [HTTP2], this.signal);
      case 'proxy':
        return authHandshake(await this.open(), this.identity, this.protocols, this.signal);
      case 'proxy-upgrade':
        return authHandshake(await this.openTunnel(), this.identity, this.protocols, this.signal);
    }
  }

  /**
   * Tries the ways in turn. A server that hangs up without a word is asked once only: each attempt in a row begins with
   * another way then, `hangUps` tells how many there were.
   */
  async find(hangUps: number): Promise<Found> {
    const { path, env, isThorough = false } = this.options;
    const { port } = path.target;
    const override = upgradeOverride(path.target, env);
    if (override === true)
      return this.found('proxy-upgrade', 'TELEPORT_TLS_ROUTING_CONN_UPGRADE asks for it');
    const order: Way[] = WEB_PORTS.includes(port) ? ['proxy', 'direct'] : ['direct', 'proxy'];
    const failures: ConnectFailure[] = [];
    for (const way of order.slice(hangUps % (order.length + 1))) {
      try {
        return await this.found(way, this.reasonFor(way, port));
      } catch (error) {
        if (!(error instanceof ConnectFailure)) throw error;
        const isWordless = error.problem.code === 'hung_up';
        if (!isWordless && !NOT_AUTH.has(error.problem.code)) throw error;
        if (isWordless && failures.length === 0 && !isThorough) throw error;
        failures.push(error);
      }
    }
    const reason = failures[0] ?? failure('hung_up');
    const other = await this.otherAuth(reason, () => this.open());
    if (other !== undefined) throw other;
    const glance = await this.glance(path.target.host, [TEST_PROTOCOL]);
    if (override !== false && needsUpgrade(glance)) return this.upgrade(glance);
    throw await this.explain(reason, glance);
  }

  private async found(way: Way, reason: string): Promise<Found> {
    return { socket: await this.go(way), way, reason };
  }

  private reasonFor(way: Way, port: number): string {
    if (way === 'direct') {
      return port === AUTH_PORT
        ? 'the Auth Service answers at its own port'
        : 'an Auth Service answers at this address';
    }
    return "the proxy passes Teleport's ALPN route on";
  }

  /** Nobody but a balancer leaves Teleport's protocols out, so the route must go inside a WebSocket. */
  private async upgrade(glance: Glance | 'alpn_refused'): Promise<Found> {
    try {
      return await this.found(
        'proxy-upgrade',
        "a balancer in front of the proxy ends TLS: Teleport's ALPN is lost there",
      );
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      throw await this.explainUpgrade(error, glance);
    }
  }

  private async explainUpgrade(
    reason: ConnectFailure,
    glance: Glance | 'alpn_refused',
  ): Promise<ConnectFailure> {
    switch (reason.problem.code) {
      case 'upgrade_missing':
      case 'upgrade_refused':
        // A web server that knows nothing of Teleport also has no upgrade.
        return (await this.ask()) === undefined ? this.explain(failure('wrong_host'), glance) : reason;
      case 'web_untrusted':
        return this.explain(reason, glance);
      case 'wrong_host':
      case 'name_refused':
      case 'hung_up':
        return (await this.otherAuth(reason, () => this.openTunnel())) ?? this.explain(reason, glance);
      default:
        return reason;
    }
  }

  /** An Auth Service that the identity's host CAs do not vouch for, if that is what answers. */
  private async otherAuth(
    reason: ConnectFailure,
    open: () => Promise<Duplex>,
  ): Promise<ConnectFailure | undefined> {
    if (reason.problem.code !== 'wrong_host') return undefined;
    const glance = await this.glance(AUTH_SERVER_NAME, this.protocols, open);
    if (glance === undefined || glance === 'alpn_refused') return undefined;
    const { dnsNames, issuer } = glance.certificate;
    if (!dnsNames.includes(AUTH_SERVER_NAME)) return undefined;
    return issuer === this.identity.clusterName
      ? failure('other_ca', undefined, reason)
      : failure('other_cluster', this.clusters(issuer), reason);
  }

  /** The most telling reason for a server that is no Auth Service at all. */
  private async explain(
    reason: ConnectFailure,
    seen: Glance | 'alpn_refused' | undefined,
  ): Promise<ConnectFailure> {
    const { host } = this.options.path.target;
    const glance = seen === 'alpn_refused' ? await this.glance(host, ['http/1.1']) : seen;
    if (glance === undefined || glance === 'alpn_refused') return reason;
    const shown = `issued by "${glance.certificate.issuer}" for "${glance.certificate.subject}"`;
    if (!glance.isTrusted) return failure('tls_inspected', shown, reason);
    const facts = await this.ask();
    if (facts?.clusterName !== undefined && facts.clusterName !== this.identity.clusterName) {
      return failure('other_cluster', this.clusters(facts.clusterName), reason);
    }
    if (facts?.tlsRouting === false) return failure('routing_off', undefined, reason);
    // The right proxy, which hung up: the Auth Service behind it may be down.
    if (facts !== undefined && reason.problem.code === 'hung_up') return reason;
    return failure('wrong_host', shown, reason);
  }

  private clusters(seen: string): string {
    return `here is "${oneLine(seen, 80)}", the identity is of "${oneLine(this.identity.clusterName, 80)}"`;
  }

  private async glance(
    host: string,
    protocols: readonly string[],
    open = (): Promise<Duplex> => this.open(),
  ): Promise<Glance | 'alpn_refused' | undefined> {
    try {
      return await glanceAt(await open(), { host, protocols }, this.authorities(), this.signal);
    } catch (error) {
      const isRefusal = error instanceof ConnectFailure && error.problem.code === 'alpn_refused';
      return isRefusal ? 'alpn_refused' : undefined;
    }
  }

  private async ask(): Promise<WebFacts | undefined> {
    const { target } = this.options.path;
    try {
      const web = await connectWeb(await this.open(), target, this.authorities(), this.signal);
      return await findCluster(web, this.options.path, this.signal);
    } catch {
      // What it would have told only makes a message better.
      return undefined;
    }
  }

  private authorities(): ReturnType<typeof webAuthorities> {
    return webAuthorities(this.options.webCaPem());
  }

  /** The inside of an upgraded connection. */
  private async openTunnel(): Promise<Duplex> {
    const { target } = this.options.path;
    const web = await connectWeb(await this.open(), target, this.authorities(), this.signal);
    return upgradeConnection(web, this.options.path, this.signal);
  }

  /** A connection to the target: the given one first, then new ones. */
  private async open(): Promise<Duplex> {
    const { path } = this.options;
    const socket = this.unused ?? (await openFirstHop(path, this.signal));
    this.unused = undefined;
    return throughHttpProxy(path, socket, this.signal);
  }
}

/** Teleport's rule: no protocol chosen, one that was not offered, or a refusal of all (Teleport, ALPN test). */
function needsUpgrade(glance: Glance | 'alpn_refused' | undefined): glance is Glance | 'alpn_refused' {
  return glance === 'alpn_refused' || (glance !== undefined && glance.protocol !== TEST_PROTOCOL);
}
