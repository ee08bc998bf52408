import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { buildStale, FUNCTIONS_BUNDLE, RELAY_BUNDLE } from '../scripts/build-steps';
import { AdminSession } from './admin';
import { SandboxClock } from './clock';
import { startForge, type ForgeOptions, type ForgeSandbox } from './forge';
import { startJira, type JiraOptions, type JiraSandbox } from './jira';
import { freePort, type Ports } from './ports';
import { relayConfigFor, writeRelayConfig, type RelayConfigSections } from './relay-config';
import { RelayProcess } from './relay-process';
import { confirm, pair, saveSettings, settingsFor } from './set-up';
import { startTeleport, type TeleportOptions, type TeleportSandbox } from './teleport';

/** Key of the manifest's remote. */
const RELAY_REMOTE = 'relay';
const ROOT = join(__dirname, '..');

/** The app as the Forge platform loads it. */
export const appFiles = {
  manifestFile: join(ROOT, 'manifest.yml'),
  bundleFile: FUNCTIONS_BUNDLE,
  staticDir: ROOT,
};

/** How to start the sandbox. Everything has a default that makes the whole loop run. */
export interface SandboxOptions {
  /** Fixed ports; free ones where left out. */
  ports?: Partial<Omit<Ports, 'web'>>;
  /** Runs all parts on a clock of that rate, which agrees with the machine's at `epoch` (Unix milliseconds). */
  clock?: { rate: number; epoch: number };
  teleport?: Omit<TeleportOptions, 'dataDir' | 'clock' | 'authPort' | 'webPort'>;
  jira?: Omit<JiraOptions, 'clock' | 'port'>;
  forge?: Partial<Omit<ForgeOptions, 'jira' | 'clock' | 'port'>>;
  /** Sections of the relay's configuration that replace or add keys; `undefined` leaves a key out. */
  relayConfig?: RelayConfigSections;
  /** Teleport user whose identity file the relay gets. */
  relayUser?: string;
  /** Whether decisions are pushed to the relay, or collected by it alone. Default: collected. */
  push?: boolean;
  /** Variables for the relay's process. */
  relayEnvironment?: Readonly<Record<string, string>>;
  /** How far the set-up goes: nothing at all, a pairing token and a relay that says hello, a confirmed cluster, all. */
  setUp?: 'none' | 'paired' | 'confirmed' | 'complete';
  /** Settings that replace those that an administrator would choose for the seeded project. */
  settings?: Readonly<Record<string, unknown>>;
}

/** The running sandbox. */
export interface Sandbox {
  clock: SandboxClock;
  teleport: TeleportSandbox;
  jira: JiraSandbox;
  forge: ForgeSandbox;
  relay: RelayProcess;
  /** The app's admin functions, called as Jira's administrator. */
  admin: AdminSession;
  /** The connection that the relay uses; `undefined` when nothing was set up. */
  connectionId: string | undefined;
  /** Folder of identity files, token and configuration; removed at the end. */
  dataDir: string;
  /** Stops everything and removes its files. */
  stop(): Promise<void>;
}

/**
 * Starts a Teleport cluster, a Jira site, a Forge platform with the app on it, and the relay, and sets them up as the two
 * administrators would. Builds before what is older than its sources. A part that does not start takes the others with it.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const stack: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (let undo = stack.pop(); undo !== undefined; undo = stack.pop()) await undo();
  };
  try {
    return await startParts(options, stack, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  options: SandboxOptions,
  stack: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Sandbox> {
  const { ports = {} } = options;
  const clock = new SandboxClock(options.clock?.rate, options.clock?.epoch);
  const dataDir = await mkdtemp(join(tmpdir(), 'access-requests-sandbox-'));
  stack.push(() => rm(dataDir, { recursive: true, force: true }));

  const [teleport, jira] = await settled([
    startTeleport({
      ...options.teleport,
      dataDir,
      clock,
      ...(ports.teleport !== undefined && { authPort: ports.teleport }),
      ...(ports.console !== undefined && { webPort: ports.console }),
    }).then((started) => {
      stack.push(() => started.stop());
      return started;
    }),
    startJira({ ...options.jira, clock, ...(ports.jira !== undefined && { port: ports.jira }) }).then(
      (started) => {
        stack.push(() => started.stop());
        return started;
      },
    ),
    buildStale(),
  ]);
  await indexEntityProperties((property) => jira.indexProperty(property));

  const administrator = jira.people['admin'];
  if (administrator === undefined) throw new Error('The Jira site has no administrator.');
  const forge = await startForge({
    ...appFiles,
    scheduler: true,
    viewer: administrator.accountId,
    ...options.forge,
    jira: jira.site,
    clock,
    ...(ports.forge !== undefined && { port: ports.forge }),
  });
  stack.push(() => forge.stop());

  jira.showAppPages(forge.url);

  const admin = new AdminSession(forge, administrator.accountId);
  const parts = { clock, teleport, jira, forge, admin, dataDir };
  const relay = await prepareRelay(options, parts);
  stack.push(() => relay.stop());
  const connectionId = await setUp(options, parts, relay);
  return { ...parts, relay, connectionId, stop };
}

type Parts = Omit<Sandbox, 'relay' | 'connectionId' | 'stop'>;

const tokenFileOf = (dataDir: string): string => join(dataDir, 'pairing-token');

/** Writes the relay's configuration and gives the process, which does not run yet. */
async function prepareRelay(options: SandboxOptions, parts: Parts): Promise<RelayProcess> {
  const { teleport, forge, dataDir } = parts;
  const identityFile = teleport.identities[options.relayUser ?? 'bot-jira-relay'];
  if (identityFile === undefined) throw new Error(`Teleport has no user ${String(options.relayUser)}.`);
  const healthAddress = `127.0.0.1:${await freePort(options.ports?.health)}`;
  const configFile = join(dataDir, 'relay.yaml');
  const facts = {
    authAddress: teleport.authAddress,
    identityFile,
    pairingTokenFile: tokenFileOf(dataDir),
    healthAddress,
    push: options.push === true ? await preparePush(forge) : undefined,
    clock: options.clock,
  };
  await writeRelayConfig(configFile, relayConfigFor(facts, options.relayConfig));
  return new RelayProcess({
    bundleFile: RELAY_BUNDLE,
    configFile,
    healthUrl: `http://${healthAddress}`,
    ...(options.relayEnvironment && { environment: options.relayEnvironment }),
  });
}

/** A relay that the platform reaches: what the variable of the manifest's remote is for on a real one. */
async function preparePush(forge: ForgeSandbox): Promise<{ address: string; jwksUrl: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  forge.setRemote(RELAY_REMOTE, `http://${address}`);
  return { address, jwksUrl: forge.jwksUrl };
}

/** What the two administrators do, in their order. @returns the connection. */
async function setUp(
  options: SandboxOptions,
  parts: Parts,
  relay: RelayProcess,
): Promise<string | undefined> {
  const { admin, teleport, jira, dataDir } = parts;
  const goal = options.setUp ?? 'complete';
  if (goal === 'none') return undefined;
  const { connectionId, pairingToken } = await pair(admin, 'Sandbox');
  await writeFile(tokenFileOf(dataDir), pairingToken, { mode: 0o600 });
  if (goal === 'complete') await saveSettings(admin, { ...settingsFor(jira), ...options.settings });
  relay.start();
  if (goal === 'paired') return connectionId;
  const cluster = { name: teleport.clusterName, caFingerprint: teleport.caFingerprint };
  try {
    await confirm(admin, connectionId, cluster, () => relay.pid !== undefined);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : 'failed'}\n${relay.tail()}`, {
      cause: error,
    });
  }
  if (options.push === true) await admin.call('choosePush', { connectionId });
  if (goal === 'complete') await relay.untilReady();
  return connectionId;
}

/** Like `Promise.all`, but waits for all of them before it throws, so that whatever has started can be stopped. */
async function settled<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

const manifest = z.object({
  modules: z.object({
    'jira:entityProperty': z
      .array(
        z.object({
          propertyKey: z.string(),
          values: z.array(
            z.object({
              path: z.string(),
              type: z.enum(['number', 'string', 'text', 'user', 'date']),
              searchAlias: z.string(),
            }),
          ),
        }),
      )
      .default([]),
  }),
});

type EntityProperty = z.infer<typeof manifest>['modules']['jira:entityProperty'][number];

/** Makes the properties searchable that the manifest declares; Jira itself reads them when an app is installed. */
export async function indexEntityProperties(
  index: (property: EntityProperty) => Promise<void> | void,
): Promise<void> {
  const { modules } = manifest.parse(parse(await readFile(appFiles.manifestFile, 'utf8')));
  for (const property of modules['jira:entityProperty']) await index(property);
}
