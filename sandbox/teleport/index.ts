import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../clock';
import { AuthService, noAuthFaults, type AuthFaults } from './auth-service';
import { DEFAULT_ROLES, defaultUsers } from './cast';
import { TeleportPerson } from './client';
import { Cluster } from './cluster';
import { startConsole } from './console';
import { ClusterPki, type KeyPair } from './pki';

/** How to start a simulated cluster. */
export interface TeleportOptions {
  /** Cluster name. */
  cluster?: string;
  /** Folder for identity files. */
  dataDir: string;
  clock?: Clock;
  /** Reviews and thresholds, as in the Enterprise edition. On by default. */
  reviews?: boolean;
  /** How long a request stays pending at most, in milliseconds. */
  pendingTtlMs?: number;
  /** How often requests past their end are removed, in milliseconds of the cluster's clock; 5 minutes as in Teleport. */
  sweepEveryMs?: number;
  authPort?: number;
  webPort?: number;
}

/** A running simulated cluster. */
export interface TeleportSandbox {
  clusterName: string;
  /** `host:port` of the Auth Service. */
  authAddress: string;
  webUrl: string;
  caFingerprint: string;
  /** Identity file by user. */
  identities: Record<string, string>;
  cluster: Cluster;
  faults: AuthFaults;
  control: {
    cutWatchers(): void;
    /** Closes the Auth Service and opens it again on the same port, its state kept. */
    restart(downForMs?: number): Promise<void>;
    stopAuth(): void;
    startAuth(): Promise<void>;
    /** Calls by method. */
    calls: Readonly<Record<string, number>>;
    watcherCount(): number;
    /** Writes an identity that is valid for so long. @returns the file. */
    issueIdentity(user: string, validForMs: number): Promise<string>;
    /** A certificate of the cluster's host CA for a server of other names. */
    issueServer(dnsNames: readonly string[]): Promise<KeyPair>;
  };
  now(): number;
  /** A person at this cluster, over gRPC with their own identity. */
  connectAs(user: string): Promise<TeleportPerson>;
  describe(): { authAddr: string; proxyAddr: string; cluster: string; identities: Record<string, string> };
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 300_000;
/** A clock that is moved by hand is noticed within this many milliseconds of the machine. */
const LOOK_EVERY_MS = 500;

/** Sweeps at the given distance on the cluster's clock. @returns how to stop it. */
function sweepRegularly(cluster: Cluster, clock: Clock, everyMs: number): () => void {
  let last = clock.now();
  const timer = setInterval(
    () => {
      if (clock.now() - last < everyMs) return;
      last = clock.now();
      cluster.sweep();
    },
    Math.max(1, Math.min(LOOK_EVERY_MS, clock.machineMillis(everyMs))),
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** Starts a cluster with throw-away certificates and the default cast. */
export async function startTeleport(options: TeleportOptions): Promise<TeleportSandbox> {
  const clusterName = options.cluster ?? 'teleport.sandbox';
  const clock = options.clock ?? systemClock;
  const cast = { users: defaultUsers(), roles: DEFAULT_ROLES };
  const cluster = new Cluster(clusterName, clock, cast, options.reviews ?? true, options.pendingTtlMs);
  const pki = await ClusterPki.create(clusterName);
  const faults = noAuthFaults();
  let webHost = '';
  const auth = new AuthService(
    cluster,
    { server: await pki.issueServer(), clientCaPem: pki.userCaPem },
    faults,
    () => webHost,
  );
  const port = await auth.listen(options.authPort ?? 0);
  const authAddress = `127.0.0.1:${port}`;

  const folder = join(options.dataDir, 'identities');
  await mkdir(folder, { recursive: true });
  const writeIdentity = async (user: string, validForMs?: number): Promise<string> => {
    const file = join(folder, user);
    await writeFile(file, await pki.identityFile(user, cluster.users[user]?.roles ?? [], validForMs), {
      mode: 0o600,
    });
    return file;
  };
  const identities: Record<string, string> = {};
  for (const user of Object.keys(cluster.users)) identities[user] = await writeIdentity(user);

  const stopSweeping = sweepRegularly(cluster, clock, options.sweepEveryMs ?? SWEEP_EVERY_MS);

  const people = new Map<string, TeleportPerson>();
  const connectAs = async (user: string): Promise<TeleportPerson> => {
    const known = people.get(user);
    if (known !== undefined) return known;
    const identity = await pki.issueIdentity(user, cluster.users[user]?.roles ?? []);
    const person = new TeleportPerson(user, clusterName, authAddress, pki.hostCaPem, identity);
    people.set(user, person);
    return person;
  };

  const sandbox: TeleportSandbox = {
    clusterName,
    authAddress,
    webUrl: '',
    caFingerprint: pki.caFingerprint,
    identities,
    cluster,
    faults,
    control: {
      cutWatchers: () => auth.cutWatchers(),
      restart: async (downForMs = 0) => {
        auth.close();
        await new Promise((resolve) => setTimeout(resolve, downForMs));
        await auth.listen(port);
      },
      stopAuth: () => auth.close(),
      startAuth: async () => {
        await auth.listen(port);
      },
      calls: auth.calls,
      watcherCount: () => auth.watcherCount,
      issueIdentity: writeIdentity,
      issueServer: (dnsNames) => pki.issueServer(dnsNames),
    },
    now: () => clock.now(),
    connectAs,
    describe: () => ({ authAddr: authAddress, proxyAddr: webHost, cluster: clusterName, identities }),
    stop: async () => {
      stopSweeping();
      people.forEach((person) => person.close());
      auth.close();
      await web.close();
    },
  };
  const web = await startConsole(() => sandbox, options.webPort ?? 0);
  webHost = new URL(web.url).host;
  sandbox.webUrl = web.url;
  return sandbox;
}
