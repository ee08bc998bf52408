import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { RequestState } from '../relay/src/teleport/gen/types';
import { linksOf } from '../sandbox/describe';
import { startLanding } from '../sandbox/landing';
import { startSandbox, type Sandbox } from '../sandbox/start';
import { launchChromium } from '../test/browser/chromium';

/*
 * `npm run screenshots`: runs the sandbox, lets requests end in every way, and takes the pictures of docs/images/. Nothing is
 * painted on: what the pictures show went through Teleport's gRPC API, the relay, the app and Jira's REST API.
 */

const FOLDER = join(__dirname, '..', 'docs', 'images');
/** The app's admin page, once there is one. */
const ADMIN_PAGE = join(__dirname, '..', 'static', 'admin', 'build', 'index.html');
const WITHIN_MS = 30_000;
const HOUR_MS = 3_600_000;
const SHORT_MS = 3_000;
/** Time for a page to load what it shows. */
const SETTLE_MS = 1_500;

/** Waits until something is so. @throws Error that says what is not. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`Waited in vain until ${what}.`);
    await sleep(50);
  }
}

const issueOf = ({ jira }: Sandbox, requestId: string) =>
  [...jira.store.issues.values()].find(({ properties }) =>
    JSON.stringify(properties.get('teleport-access')?.value ?? null).includes(requestId),
  );

type Slot = keyof Sandbox['jira']['project']['statuses'];

async function untilIn(sandbox: Sandbox, requestId: string, slot: Slot): Promise<string> {
  const statusId = sandbox.jira.project.statuses[slot];
  await until(
    `request ${requestId} is in the slot ${slot}`,
    () => issueOf(sandbox, requestId)?.statusId === statusId,
  );
  return issueOf(sandbox, requestId)?.key ?? '';
}

/** Lets requests be made and end in every way. @returns the key of the issue that was approved on the board. */
async function play(sandbox: Sandbox, browser: Browser): Promise<string> {
  const { teleport } = sandbox;
  const [alice, erin, bob, carol, admin] = await Promise.all([
    teleport.connectAs('alice'),
    teleport.connectAs('erin@example.com'),
    teleport.connectAs('bob'),
    teleport.connectAs('carol'),
    teleport.connectAs('admin'),
  ]);
  const inHours = (hours: number): Date => new Date(teleport.now() + hours * HOUR_MS);

  const expired = await erin.request({
    roles: ['editor'],
    reason: 'Correct a typo on the status page',
    maxDuration: new Date(teleport.now() + SHORT_MS),
  });
  const approved = await alice.request({
    roles: ['editor'],
    reason: 'Publish the corrected release notes of 4.2',
    maxDuration: inHours(2),
  });
  const denied = await alice.request({
    roles: ['auditor', 'editor'],
    reason: 'Look around in the audit trail',
    maxDuration: inHours(8),
  });
  for (const id of [approved, denied]) await untilIn(sandbox, id, 'pending');
  await carol.review(denied, 'deny', 'Ask for auditor alone, for the week of the audit.');
  await untilIn(sandbox, denied, 'denied');
  await dragToApproved(sandbox, browser, approved);
  await untilIn(sandbox, approved, 'approved');
  await until(
    'Teleport has the approval',
    async () => (await admin.get(approved)).Spec?.State === RequestState.APPROVED,
  );
  await untilIn(sandbox, expired, 'expired');

  const waiting = [
    await alice.request({
      roles: ['dba'],
      reason: 'Slow query on the ledger, incident 4711',
      maxDuration: inHours(4),
    }),
    await alice.request({
      resources: [
        { kind: 'node', name: 'db-1' },
        { kind: 'node', name: 'db-2' },
      ],
      reason: 'Replace the failing disks',
      maxDuration: inHours(6),
    }),
    await erin.request({ roles: ['auditor'], reason: 'Quarterly access review', maxDuration: inHours(72) }),
  ];
  for (const id of waiting) await untilIn(sandbox, id, 'pending');
  await bob.review(waiting[0] ?? '', 'approve', 'Go ahead, I am on call.');
  const key = issueOf(sandbox, approved)?.key ?? '';
  await until('the issue says how it ended', () => (issueOf(sandbox, approved)?.comments.length ?? 0) > 0);
  return key;
}

/** Moves a card with the mouse, as Bob. */
async function dragToApproved(sandbox: Sandbox, browser: Browser, requestId: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(linksOf(sandbox).board);
  await page.getByLabel('Acting as').selectOption('bob');
  const { statuses } = sandbox.jira.project;
  await page
    .locator(`[data-issue="${issueOf(sandbox, requestId)?.id ?? ''}"]`)
    .dragTo(page.locator(`[data-status="${statuses.approved}"]`));
  await page.close();
}

interface Picture {
  file: string;
  url: string;
  colorScheme?: 'light' | 'dark';
  height?: number;
  isWholePage?: boolean;
}

async function take(browser: Browser, picture: Picture): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: 1280, height: picture.height ?? 800 },
    colorScheme: picture.colorScheme ?? 'light',
    deviceScaleFactor: 2,
  });
  await page.goto(picture.url);
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: join(FOLDER, picture.file), fullPage: picture.isWholePage ?? false });
  await page.close();
  console.log(join('docs', 'images', picture.file));
}

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const sandbox = await startSandbox({
    relayConfig: { timing: { hello_at_most_every: 1, expiry_grace: 1 } },
  });
  const browser = await launchChromium();
  const links = linksOf(sandbox);
  const landing = await startLanding(sandbox, links);
  try {
    const key = await play(sandbox, browser);
    await take(browser, { file: 'board-light.png', url: links.board, height: 720 });
    await take(browser, { file: 'board-dark.png', url: links.board, height: 720, colorScheme: 'dark' });
    await take(browser, {
      file: 'issue.png',
      url: `${sandbox.jira.baseUrl}/browse/${key}`,
      isWholePage: true,
    });
    await take(browser, { file: 'console.png', url: links.console, height: 1000 });
    await take(browser, { file: 'landing.png', url: landing.url, isWholePage: true });
    if (existsSync(ADMIN_PAGE))
      await take(browser, { file: 'admin.png', url: links.admin, isWholePage: true });
  } finally {
    await browser.close();
    await landing.close();
    await sandbox.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
