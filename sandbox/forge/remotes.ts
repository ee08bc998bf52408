import { randomBytes } from 'node:crypto';
import { fetch, type Response } from 'undici';
import type { Clock } from '../clock';
import type { InvocationTokens } from './fit';
import { LIMITS } from './limits';
import type { Manifest } from './manifest';
import { proxyError, readInit, type AppRequest, type Connections } from './requests';
import type { Invocation } from './runtime';
import { timerMillis } from './timer-millis';

/** Calls of `invokeRemote`: a token of the platform is added, redirects are not followed, and 25 s is the limit. */
export class Remotes {
  private readonly addresses: Map<string, string>;

  constructor(
    private readonly manifest: Manifest,
    addresses: Readonly<Record<string, string>>,
    private readonly tokens: InvocationTokens,
    private readonly clock: Clock,
    private readonly connections: Connections,
  ) {
    this.addresses = new Map(Object.entries(addresses));
  }

  /** Where a remote is for now; `undefined` when nobody set it. */
  addressOf(key: string): string | undefined {
    return this.addresses.get(key);
  }

  /** Sets or removes the address of a remote. */
  setAddress(key: string, baseUrl: string | undefined): void {
    if (baseUrl === undefined) this.addresses.delete(key);
    else this.addresses.set(key, baseUrl);
  }

  prepare(
    key: string,
    path: string,
    init: unknown,
  ): { request: AppRequest; answer: (by: Invocation) => Promise<Response> } {
    const request = readInit(init);
    return { request, answer: (invocation) => this.send(key, path, request, invocation) };
  }

  private async send(
    key: string,
    path: string,
    request: AppRequest,
    invocation: Invocation,
  ): Promise<Response> {
    const remote = this.manifest.remotes.find((each) => each.key === key);
    const baseUrl = this.addresses.get(key);
    if (remote === undefined || baseUrl === undefined || !remote.operations.includes('compute'))
      return proxyError(400, 'INVALID_REMOTE');
    if (!invocation.egress.take(this.clock.now())) return proxyError(429, 'TOO_MANY_REQUESTS');
    request.headers.set('authorization', `Bearer ${await this.tokens.create(invocation.request.moduleKey)}`);
    request.headers.set('x-b3-traceid', invocation.traceId);
    request.headers.set('x-b3-spanid', randomBytes(8).toString('hex'));
    const limit = AbortSignal.timeout(Math.ceil(timerMillis(this.clock, LIMITS.remoteMs)));
    try {
      return await fetch(`${baseUrl.replace(/\/$/, '')}${path.startsWith('/') ? path : `/${path}`}`, {
        ...{ method: request.method, headers: request.headers, body: request.body ?? null },
        ...{ redirect: 'manual', dispatcher: this.connections, signal: limit },
      });
    } catch {
      return limit.aborted ? proxyError(504, 'TIMEOUT_ERROR') : proxyError(502, 'UPSTREAM_UNAVAILABLE');
    }
  }
}
