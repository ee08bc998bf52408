import { writeFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { WebPki } from '../pki';
import { startBalancer } from './balancer';
import type { ClientHello } from './client-hello';
import { startConnectProxy, type Asked } from './connect-proxy';
import { RoutingProxy } from './routing-proxy';
import { Listeners } from './sockets';
import { createWebService, type WebOptions } from './web-service';
import type { UpgradeCounts } from './web-socket-server';

/** Switches of the front doors; each may be changed while they run. */
export type FrontDoorSwitches = Pick<WebOptions, 'upgrade' | 'tlsRouting'> & {
  /** Whether the proxy knows the ALPN route to the Auth Service. */
  routesAuth: boolean;
};

/** Ways into a simulated cluster beside its Auth Service. Addresses are `host:port` on loopback. */
export interface FrontDoors {
  /** A proxy with TLS routing. */
  proxyAddress: string;
  /** A balancer that ends TLS and picks no protocol when it knows none of the client's. */
  balancerAddress: string;
  /** The same, but refusing such a client with an alert. */
  strictBalancerAddress: string;
  /** The same with a certificate of a CA that nobody knows, as a proxy that inspects TLS has. */
  inspectorAddress: string;
  /** HTTP proxies: one for everybody, one that asks for credentials. */
  httpProxyUrl: string;
  guardedHttpProxyUrl: string;
  /** `user:password` of the latter. */
  httpProxyCredentials: string;
  /** `host:port` names that only the HTTP proxies resolve, by what they lead to. */
  names: { auth: string; proxy: string; balancer: string };
  /** PEM file of the CA of the web certificates. */
  webCaFile: string;
  switches: FrontDoorSwitches;
  /** What was asked for: ClientHellos at the proxy, tunnels at the HTTP proxies, pings in upgraded connections. */
  seen: { hellos: readonly ClientHello[]; tunnels: readonly Asked[]; upgrades: UpgradeCounts };
  /** Ends all connections through the front doors. */
  cut(): void;
  stop(): Promise<void>;
}

/** What front doors need of their cluster. */
export interface FrontDoorOptions {
  clusterName: string;
  serverVersion: string;
  authPort: () => number;
  /** Folder for the CA file. */
  dataDir: string;
}

const LOCAL_NAMES = ['localhost', 'proxy.teleport.test', 'balancer.teleport.test'];

/** Starts a proxy with TLS routing, balancers in front of it, and HTTP proxies that lead there. */
export async function startFrontDoors(options: FrontDoorOptions): Promise<FrontDoors> {
  const { clusterName, serverVersion, authPort, dataDir } = options;
  const listeners = new Listeners();
  const pki = await WebPki.create('a web CA');
  const stranger = await WebPki.create('Inspection CA');
  const certificate = await pki.issue(LOCAL_NAMES);
  const upgrades: UpgradeCounts = { pings: 0, pongs: 0 };
  const web: WebOptions & FrontDoorSwitches = {
    clusterName,
    serverVersion,
    tlsRouting: true,
    upgrade: {},
    routesAuth: true,
  };
  const service = createWebService(web, upgrades, (stream) => proxy.route(stream));
  const proxy = new RoutingProxy({
    clusterName,
    authPort,
    routesAuth: () => web.routesAuth,
    web: { certificate, service },
    listeners,
  });
  const proxyPort = await proxy.listen();
  const balance = async (refusesUnknownProtocols: boolean, shown = certificate): Promise<number> =>
    startBalancer({ certificate: shown, proxyPort, refusesUnknownProtocols, listeners });
  const balancerPort = await balance(false);
  const strictPort = await balance(true);
  const inspectorPort = await balance(false, await stranger.issue(LOCAL_NAMES));

  const names = {
    auth: 'auth.teleport.test:3025',
    proxy: 'proxy.teleport.test:443',
    balancer: 'balancer.teleport.test:443',
  };
  const targets = {
    [names.auth]: authPort,
    [names.proxy]: () => proxyPort,
    [names.balancer]: () => balancerPort,
  };
  const credentials = `relay:${crypto.randomUUID()}`;
  const open = await startConnectProxy({ targets, listeners });
  const guarded = await startConnectProxy({ targets, credentials, listeners });
  const webCaFile = joinPath(dataDir, 'web-ca.pem');
  await writeFile(webCaFile, pki.caPem);
  return {
    proxyAddress: `localhost:${proxyPort}`,
    balancerAddress: `localhost:${balancerPort}`,
    strictBalancerAddress: `localhost:${strictPort}`,
    inspectorAddress: `localhost:${inspectorPort}`,
    httpProxyUrl: `http://127.0.0.1:${open.port}`,
    guardedHttpProxyUrl: `http://127.0.0.1:${guarded.port}`,
    httpProxyCredentials: credentials,
    names,
    webCaFile,
    switches: web,
    seen: {
      hellos: proxy.hellos,
      get tunnels() {
        return [...open.asked, ...guarded.asked];
      },
      upgrades,
    },
    cut: () => listeners.cut(),
    stop: () => listeners.close(),
  };
}
