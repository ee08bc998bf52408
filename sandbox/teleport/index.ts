import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../clock';
import { AuthService, noAuthFaults, SERVER_VERSION, type AuthFaults } from './auth-service';
import { DEFAULT_ROLES, defaultUsers } from './cast';
import { TeleportPerson } from './client';
import { Cluster } from './cluster';
import { startConsole } from './console';
import { startFrontDoors, type FrontDoors } from './front-doors';
import { ClusterPki, type KeyPair, type KeySort } from './pki';

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
  /** How close together a client's pings may come, in milliseconds of the machine; a minute as in Teleport. */
  minPingMs?: number;
  authPort?: number;
  webPort?: number;
  /** Also starts a proxy with TLS routing, balancers in front of it and HTTP proxies. */
  frontDoors?: boolean;
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
  /** The other ways in, when they were asked for. */
  frontDoors: FrontDoors | undefined;
  control: {
    cutWatchers(): void;
    /** Closes the Auth Service and opens it again on the same port, its state kept. */
    restart(downForMs?: number): Promise<void>;
    stopAuth(): Promise<void>;
    startAuth(): Promise<void>;
    /** Calls by method. */
    calls: Readonly<Record<string, number>>;
    watcherCount(): number;
    /** Writes an identity that is valid for so long. @returns the file. */
    issueIdentity(user: string, validForMs: number, keySort?: KeySort): Promise<string>;
    /** A certificate of the cluster's host CA for a server of other names. */
    issueServer(dnsNames: readonly string[]): Promise<KeyPair>;
    /** Writes an identity as tbot does into a directory: in parts, and in one file. @returns the directory. */
    issueIdentityDirectory(user: string, validForMs?: number): Promise<string>;
    /** Begins a rotation of the host CA: Auth restarts with a certificate of the new one; identities hold both from now on, and
     * people must be connected anew. */
    beginCaRotation(): Promise<void>;
    /** Ends it: identities that are written from now on hold the new one alone. */
    endCaRotation(): void;
  };
  now(): number;
  /** A person at this cluster, over gRPC with their own identity. */
  connectAs(user: string): Promise<TeleportPerson>;
  describe(): { authAddr: string; proxyAddr: string; cluster: string; identities: Record<string, string> };
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 300_000;
/** Teleport's keepalive policy: a ping a minute. */
const MIN_PING_MS = 60_000;
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

async function writeTbotOutput(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, name), text, { mode: 0o600 });
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
    options.minPingMs ?? MIN_PING_MS,
  );
  const port = await auth.listen(options.authPort ?? 0);
  const authAddress = `127.0.0.1:${port}`;

  const folder = join(options.dataDir, 'identities');
  await mkdir(folder, { recursive: true });
  const writeIdentity = async (user: string, validForMs?: number, keySort?: KeySort): Promise<string> => {
    const file = join(folder, user);
    const text = await pki.identityFile(user, cluster.users[user]?.roles ?? [], validForMs, keySort);
    await writeFile(file, text, { mode: 0o600 });
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

  const openFrontDoors = (): Promise<FrontDoors> =>
    startFrontDoors({
      clusterName,
      serverVersion: SERVER_VERSION,
      authPort: () => port,
      dataDir: options.dataDir,
    });

  const sandbox: TeleportSandbox = {
    clusterName,
    authAddress,
    webUrl: '',
    caFingerprint: pki.caFingerprint,
    identities,
    cluster,
    faults,
    frontDoors: options.frontDoors === true ? await openFrontDoors() : undefined,
    control: {
      cutWatchers: () => auth.cutWatchers(),
      restart: async (downForMs = 0) => {
        await auth.close();
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
      issueIdentityDirectory: async (user, validForMs) => {
        const directory = join(folder, `${user}.tbot`);
        await writeTbotOutput(
          directory,
          await pki.tbotFiles(user, cluster.users[user]?.roles ?? [], validForMs),
        );
        return directory;
      },
      beginCaRotation: async () => {
        await pki.beginRotation();
        people.forEach((person) => person.close());
        people.clear();
        await auth.close();
        auth.useCertificate(await pki.issueServer());
        await auth.listen(port);
      },
      endCaRotation: () => pki.endRotation(),
    },
    now: () => clock.now(),
    connectAs,
    describe: () => ({ authAddr: authAddress, proxyAddr: webHost, cluster: clusterName, identities }),
    stop: async () => {
      stopSweeping();
      people.forEach((person) => person.close());
      await auth.close();
      await Promise.all([web.close(), sandbox.frontDoors?.stop()]);
    },
  };
  const web = await startConsole(() => sandbox, options.webPort ?? 0);
  webHost = new URL(web.url).host;
  sandbox.webUrl = web.url;
  return sandbox;
}
