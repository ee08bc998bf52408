import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { z } from 'zod';
import { buildStale } from '../scripts/build-steps';
import type { Command, Part } from './cli';
import { adminPageOf } from './describe';
import { startForge } from './forge';
import { startJira } from './jira';
import { connectJiraSite } from './jira/remote-site';
import { choosePorts } from './ports';
import { appFiles, indexEntityProperties } from './start';
import { startTeleport } from './teleport';
import type { Running } from './whole';

type PartCommand = Extract<Command, { kind: 'run' }> & { part: Part };

/** Starts one part alone, so that an outside client can be pointed at it. */
export function runPart(command: PartCommand): Promise<Running> {
  switch (command.part) {
    case 'teleport':
      return runTeleport(command);
    case 'jira':
      return runJira(command);
    case 'forge':
      return runForge(command);
  }
}

async function runTeleport({ portBase }: PartCommand): Promise<Running> {
  const ports = await choosePorts(portBase);
  const dataDir = await mkdtemp(join(tmpdir(), 'access-requests-teleport-'));
  const removeFiles = () => rm(dataDir, { recursive: true, force: true });
  try {
    const teleport = await startTeleport({ dataDir, authPort: ports.teleport, webPort: ports.console });
    const { identities } = teleport;
    return {
      description: { console: teleport.webUrl, teleport: teleport.describe() },
      words: `A simulated Teleport cluster, ${teleport.clusterName}.

  Auth Service     ${teleport.authAddress} (gRPC, mTLS)
  Console          ${teleport.webUrl}
  Identity files   ${join(dataDir, 'identities')} (${Object.keys(identities).join(', ')})`,
      stop: async () => {
        await teleport.stop();
        await removeFiles();
      },
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}

async function runJira({ portBase }: PartCommand): Promise<Running> {
  const ports = await choosePorts(portBase);
  const jira = await startJira({ port: ports.jira });
  return {
    description: { board: `${jira.baseUrl}/board`, jira: jira.describe() },
    words: `A simulated Jira site.

  REST API         ${jira.baseUrl}/rest/api/3
  Board            ${jira.baseUrl}/board
  People           ${Object.keys(jira.people).join(', ')} (addresses and tokens with --json)`,
    stop: () => jira.stop(),
  };
}

async function runForge({ portBase, jira: remote }: PartCommand): Promise<Running> {
  const ports = await choosePorts(portBase);
  await buildStale();
  const own = remote === undefined ? await startJira({ port: ports.jira }) : undefined;
  try {
    const site = own?.site ?? (await connectJiraSite(remote ?? ''));
    await indexEntityProperties((property) => postJson(`${site.baseUrl}/_sandbox/index`, property));
    const viewer = await administratorOf(site.baseUrl);
    const forge = await startForge({
      ...appFiles,
      jira: site,
      port: ports.forge,
      scheduler: true,
      ...(viewer !== undefined && { viewer }),
    });
    return {
      description: {
        ...(own && { board: `${own.baseUrl}/board`, jira: own.describe() }),
        admin: adminPageOf(forge),
        forge: forge.describe(),
      },
      words: `A simulated Forge platform with the app, on the Jira site ${site.baseUrl}.

  App settings     ${adminPageOf(forge)}
${Object.entries(forge.webTriggers)
  .map(([key, url]) => `  Web trigger      ${key} ${url}`)
  .join('\n')}`,
      stop: async () => {
        await forge.stop();
        await own?.stop();
      },
    };
  } catch (error) {
    await own?.stop();
    throw error;
  }
}

async function postJson(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
}

const people = z.array(z.object({ name: z.string(), accountId: z.string() }));

/** The person who opens the app's admin page unless its address names another. */
async function administratorOf(baseUrl: string): Promise<string | undefined> {
  const response = await fetch(`${baseUrl}/_sandbox/people`);
  return people.parse(await response.json()).find(({ name }) => name === 'admin')?.accountId;
}
