import { fetch, type Response } from 'undici';
import type { JiraPrincipal, JiraSite } from '../jira/site';
import { errorForApp } from './app-loader';
import type { Manifest } from './manifest';
import { proxyError, readInit, type AppRequest, type Connections } from './requests';
import type { Invocation } from './runtime';

/** Headers that the platform's proxy sets itself. */
const OWN_HEADERS = [
  'authorization',
  'cookie',
  'host',
  'content-length',
  'connection',
  'x-forge-oauth-system',
];

/** On whose behalf the Forge packages ask for Jira. */
export interface JiraTarget {
  provider: 'app' | 'user' | 'none';
  /** Offline impersonation: `asUser(accountId)`. */
  accountId?: string | undefined;
}

/** Passes calls on to the site's REST API, with the caller's rights and nothing else changed. */
export class JiraDoor {
  private readonly mayImpersonate: boolean;

  constructor(
    private readonly site: JiraSite,
    manifest: Manifest,
    private readonly connections: Connections,
  ) {
    this.mayImpersonate = manifest.permissions.scopes.some(({ impersonation }) => impersonation);
  }

  /** @throws Error for the app when the path leaves Jira. */
  prepare(
    target: JiraTarget,
    path: string,
    init: unknown,
  ): { request: AppRequest; answer: (by: Invocation) => Promise<Response> } {
    if (!/^\/(?!\/)/.test(path))
      throw errorForApp(`URL not allowed: ${path}.`, { name: 'REQUEST_EGRESS_ALLOWLIST_ERR', status: 403 });
    const request = readInit(init);
    return { request, answer: (invocation) => this.send(target, path, request, invocation) };
  }

  private async send(
    target: JiraTarget,
    path: string,
    request: AppRequest,
    invocation: Invocation,
  ): Promise<Response> {
    const principal = this.principalOf(target, invocation);
    if (principal === undefined) return proxyError(401, 'NEEDS_AUTHENTICATION_ERR');
    for (const name of OWN_HEADERS) request.headers.delete(name);
    if (principal !== 'nobody')
      for (const [name, value] of Object.entries(this.site.authorize(principal)))
        request.headers.set(name, value);
    try {
      return await fetch(`${this.site.baseUrl}${path}`, {
        ...{ method: request.method, headers: request.headers, body: request.body ?? null },
        ...{ redirect: 'manual', dispatcher: this.connections, signal: invocation.ended },
      });
    } catch {
      return proxyError(502, 'UPSTREAM_UNAVAILABLE');
    }
  }

  private principalOf(
    { provider, accountId }: JiraTarget,
    { request }: Invocation,
  ): JiraPrincipal | 'nobody' | undefined {
    if (provider === 'none') return 'nobody';
    if (provider === 'app') return { kind: 'app' };
    if (accountId !== undefined && accountId !== request.accountId)
      return this.mayImpersonate ? { kind: 'user', accountId } : undefined;
    return request.accountId === undefined ? undefined : { kind: 'user', accountId: request.accountId };
  }
}
