import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { RequestState } from '../../relay/src/teleport/gen/types';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/start';
import { openAdmin } from './admin-fixture';
import { launchChromium } from './chromium';

/* An administrator sets everything up in the browser; the app's real functions, Jira, Teleport and the relay stand behind. */

const START_WITHIN_MS = 90_000;
const LONG_MS = 90_000;
const WITHIN_MS = 20_000;

let browser: Browser;
let sandbox: Sandbox;
let contexts: BrowserContext[];
let troubles: string[];

beforeAll(async () => {
  browser = await launchChromium();
}, START_WITHIN_MS);
afterAll(() => browser.close());

beforeEach(() => {
  contexts = [];
  troubles = [];
});
afterEach(async () => {
  for (const context of contexts) await context.close();
  const violations = [...sandbox.forge.cspViolations];
  await sandbox.stop();
  expect(troubles).toEqual([]);
  expect(violations).toEqual([]);
}, START_WITHIN_MS);

async function start(options: SandboxOptions): Promise<void> {
  sandbox = await startSandbox({ relayConfig: { timing: { hello_at_most_every: 1 } }, ...options });
}

/** Opens the admin page as somebody, each with a browser of their own. */
async function openAs(name: string, at?: string) {
  const context = await browser.newContext();
  contexts.push(context);
  context.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  context.on('weberror', (error) => {
    troubles.push(error.error().message);
  });
  const opened = await openAdmin(context, sandbox.forge.url, {
    as: sandbox.jira.people[name]!.accountId,
    ...(at !== undefined && { at }),
  });
  context.setDefaultTimeout(WITHIN_MS);
  return opened;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`Waited in vain until ${what}.`);
    await sleep(50);
  }
}

/** What the wizard says a person does beside the browser: puts the token where the relay finds it, and starts the relay. */
async function startRelay(token: string): Promise<void> {
  await writeFile(join(sandbox.dataDir, 'pairing-token'), token, { mode: 0o600 });
  sandbox.relay.start();
}

describe('the wizard', () => {
  it(
    'leads from a bare site to a request that is decided on the board',
    async () => {
      await start({ setUp: 'none', jira: { bare: true } });
      const { app, page } = await openAs('admin');
      await app.getByRole('heading', { level: 1, name: 'Get started' }).waitFor();

      await app.getByLabel('Name of the connection').fill('Production');
      await app.getByRole('button', { name: 'Make pairing token' }).click();
      const token = app.getByLabel('Pairing token');
      await token.waitFor();
      await startRelay(await token.inputValue());
      await app.getByRole('button', { name: 'I have stored it' }).click();

      await app.getByText(`A relay presents the cluster ${sandbox.teleport.clusterName}`).waitFor();
      await app.getByText(sandbox.teleport.caFingerprint).waitFor();
      expect(await app.getByRole('button', { name: 'Confirm this cluster' }).isDisabled()).toBe(true);
      await app.getByLabel('Name and fingerprint are those of my cluster').check();
      await app.getByRole('button', { name: 'Confirm this cluster' }).click();

      await app.getByLabel('Approver groups').fill('teleport-app');
      await app.getByRole('option', { name: 'teleport-approvers' }).click();
      await app.getByRole('button', { name: 'Set up project' }).click();
      await app.getByText('Project TAR is ready').waitFor({ timeout: LONG_MS });
      await app.getByRole('button', { name: 'Go on', exact: true }).click();

      await app.getByText('Waiting for the first request').waitFor();
      const alice = await sandbox.teleport.connectAs('alice');
      const requestId = await alice.request({ roles: ['editor'], reason: 'Try the board' });
      await app.getByText('All is set up').waitFor();
      const key = String(await app.getByRole('link', { name: /^TAR-/ }).textContent()).split(' ')[0]!;

      await sandbox.jira.connectAs('bob').moveCard(key, 'Approved');
      const admin = await sandbox.teleport.connectAs('admin');
      await until(
        'Teleport has the approval',
        async () => (await admin.get(requestId)).Spec?.State === RequestState.APPROVED,
      );

      await app.getByRole('link', { name: 'To the overview' }).click();
      await app.getByText('Connected', { exact: true }).waitFor();
      await app.getByRole('link', { name: 'Activity', exact: true }).click();
      await app.getByText(key).first().waitFor();
      await page.close();
    },
    2 * LONG_MS,
  );
});

describe('an existing project', () => {
  it(
    'of a German-speaking site is mapped by the suggestions, and requests land in it',
    async () => {
      await start({ setUp: 'confirmed', jira: { language: 'de' } });
      const { app, page } = await openAs('admin', '/projects/existing');
      await app.getByLabel('Project', { exact: true }).fill('ZUGRIFF');
      await app.getByRole('option', { name: 'Zugriffsanträge (ZUGRIFF)' }).click();
      await app.getByLabel('Issue type').click();
      await app.getByRole('option', { name: 'Zugriffsantrag' }).click();
      await app.getByRole('button', { name: 'Map its statuses' }).click();

      for (const status of ['Ausstehend', 'Genehmigt', 'Abgelehnt', 'Abgelaufen'])
        await app.getByText(status).first().waitFor();
      await app.getByText('Ways between the statuses').first().waitFor();
      await app.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Statuses saved').waitFor();

      const alice = await sandbox.teleport.connectAs('alice');
      await alice.request({ roles: ['editor'], reason: 'Auf Deutsch' });
      await until('an issue is made', () =>
        [...sandbox.jira.store.issues.values()].some(({ key }) => key.startsWith('ZUGRIFF-')),
      );
    },
    LONG_MS,
  );
});

describe('two administrators', () => {
  it(
    'who save at once lose nothing, and only administrators get in',
    async () => {
      await start({ setUp: 'complete' });
      const first = await openAs('admin', '/people');
      const second = await openAs('admin', '/people');
      for (const { app } of [first, second]) await app.getByText('is Alice').waitFor();

      await first.app.getByLabel(/^Strict mode/).check();
      await first.app.getByRole('button', { name: 'Save' }).last().click();
      await first.page.getByText('Saved', { exact: true }).waitFor();

      await second.app.getByRole('button', { name: 'Remove bob' }).click();
      await second.app.getByRole('button', { name: 'Save' }).last().click();
      const alert = second.app.getByRole('alert').filter({ hasText: 'Somebody else saved first' });
      await alert.getByText('how decisions are taken').waitFor();
      await alert.getByRole('button', { name: 'Drop mine' }).click();
      await alert.waitFor({ state: 'detached' });
      expect(await second.app.getByLabel(/^Strict mode/).isChecked()).toBe(true);
      await second.app.getByText('is Bob').waitFor();

      const stranger = await openAs('alice');
      await stranger.app.getByRole('alert').getByText('This page is for administrators of Jira').waitFor();
    },
    LONG_MS,
  );
});
