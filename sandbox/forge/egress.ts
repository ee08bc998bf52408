import { fetch, type Response } from 'undici';
import type { Clock } from '../clock';
import { errorForApp } from './app-loader';
import type { Manifest } from './manifest';
import type { Remotes } from './remotes';
import { jsonResponse, readInit, type AppRequest, type Connections } from './requests';
import type { Invocation } from './runtime';

const PORTS = new Set([80, 443, 7990, 8060, 8080, 8085, 8089, 8090, 8443, 8444]);

/** Fetch to the outside, which the manifest's allow-list and the platform's list of ports bound (Forge, egress permissions). */
export class Egress {
  constructor(
    private readonly manifest: Manifest,
    private readonly remotes: Remotes,
    private readonly clock: Clock,
    private readonly connections: Connections,
  ) {}

  /** @throws Error for the app, as the platform words it, when the address is not allowed. */
  prepare(
    input: unknown,
    init: unknown,
  ): { url: string; request: AppRequest; answer: (by: Invocation) => Promise<Response> } {
    const text = typeof input === 'string' ? input : input instanceof URL ? input.href : undefined;
    if (text === undefined)
      throw errorForApp('fetch takes an address here; Request objects are not modelled.');
    if (!URL.canParse(text)) throw errorForApp(`${text} is not an absolute address.`);
    const url = new URL(text);
    if (!this.isAllowed(url))
      throw errorForApp(
        `URL not included in the external fetch backend permissions: ${url.href}. Visit go.atlassian.com/forge-egress for more information.`,
        { name: 'REQUEST_EGRESS_ALLOWLIST_ERR', status: 403 },
      );
    const request = readInit(init);
    return { url: url.href, request, answer: (invocation) => this.send(url, request, invocation) };
  }

  private isAllowed(url: URL): boolean {
    const entries = this.manifest.permissions.external?.fetch?.backend ?? [];
    return entries.some((entry) => {
      if (!('remote' in entry) || typeof entry.remote !== 'string')
        return 'address' in entry && typeof entry.address === 'string' && matches(entry.address, url);
      // The sandbox's own address of a remote is on loopback, where ports are free ones.
      const here = this.remotes.addressOf(entry.remote);
      const declared = this.manifest.remotes.find(({ key }) => key === entry.remote)?.baseUrl;
      return (
        (here !== undefined && new URL(here).origin === url.origin) ||
        (declared !== undefined && matches(declared, url))
      );
    });
  }

  private async send(url: URL, request: AppRequest, invocation: Invocation): Promise<Response> {
    if (!invocation.egress.take(this.clock.now())) return jsonResponse(429, { code: 'TOO_MANY_REQUESTS' });
    try {
      return await fetch(url, {
        ...{ method: request.method, headers: request.headers, body: request.body ?? null },
        dispatcher: this.connections,
      });
    } catch (error) {
      throw errorForApp(`fetch of ${url.origin} failed`, { name: 'FUNCTION_FETCH_ERR', cause: error });
    }
  }
}

/** Scheme and host with port must be the entry's; `*.` stands for any subdomain, never the domain itself. */
function matches(entry: string, url: URL): boolean {
  if (entry === '*') return PORTS.has(portOf(url));
  const [, scheme = 'https:', host = ''] = /^(?:(https?:|wss:)\/\/)?([^/?#]+)/.exec(entry) ?? [];
  if (url.protocol !== scheme || !PORTS.has(portOf(url))) return false;
  return host.startsWith('*.') ? url.host.endsWith(host.slice(1)) : url.host === host;
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
}
