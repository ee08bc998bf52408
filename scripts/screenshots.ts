import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Frame, Page } from 'playwright-core';
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
/** Pages of the app's admin page, by their address in it, with something that shows when they are loaded. */
const ADMIN_PAGES = {
  start: 'All is set up',
  overview: 'decisions wait for a relay',
  connections: 'CA fingerprint',
  projects: 'Ready filters',
  routing: 'Which rule would it be?',
  people: 'Teleport users and Jira accounts',
  activity: 'Log',
  health: 'in order',
} as const;
const ADMIN_WIDTH = 1280;
/** What the page around the frame takes of the height. */
const AROUND_FRAME = 60;
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

/** Lets requests be made and end in every way. @returns keys of the issue that was approved on the board, and of one that waits. */
async function play(sandbox: Sandbox, browser: Browser): Promise<{ approved: string; waits: string }> {
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
  return { approved: key, waits: issueOf(sandbox, waiting[0] ?? '')?.key ?? '' };
}

/** Moves a card with the mouse, as Bob. */
async function dragToApproved(sandbox: Sandbox, browser: Browser, requestId: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(linksOf(sandbox).board);
  await page.getByLabel('Acting as').selectOption('bob');
  const { statuses } = sandbox.jira.project;
  const card = `[data-issue="${issueOf(sandbox, requestId)?.id ?? ''}"]`;
  const column = page.locator(`[data-status="${statuses.approved}"]`);
  await page.locator(card).dragTo(column);
  // Not before the board has heard of it: closing the page would take the move back.
  await column.locator(card).waitFor();
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

/** Takes the admin page's pages in both themes; last the set-up of a project, whose second run finds what the first one made. */
async function takeAdmin(sandbox: Sandbox, browser: Browser): Promise<void> {
  const { id, issueTypeId } = sandbox.jira.project;
  const url = linksOf(sandbox).admin;
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width: ADMIN_WIDTH, height: 800 }, colorScheme });
    await page.goto(url);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    if (frame === undefined) throw new Error('The admin page has no frame.');
    const go = async (path: string, text: string): Promise<void> => {
      await page.setViewportSize({ width: ADMIN_WIDTH, height: 600 });
      await frame.evaluate(`location.hash = '/${path}'`);
      await frame.getByText(text).first().waitFor();
    };
    for (const [at, text] of Object.entries(ADMIN_PAGES)) {
      await go(at, text);
      await takeFrame(page, frame, `admin-${at}-${colorScheme}.png`);
    }
    await go(`projects/map/${id}/${issueTypeId}`, 'to Expired');
    await takeFrame(page, frame, `admin-mapping-${colorScheme}.png`);
    await go('projects/new', 'Approver groups');
    await frame.getByLabel('Name of the project').fill('Access to production');
    await frame.getByLabel('Key').fill('PROD');
    await frame.getByRole('button', { name: 'Set up project' }).click();
    await frame.getByText('Project PROD is ready').waitFor();
    await takeFrame(page, frame, `admin-setup-${colorScheme}.png`);
    await page.close();
  }
}

/** Takes all of a page in a frame. The frame scrolls inside, so the window is made as high as what it holds. */
async function takeFrame(page: Page, frame: Frame, file: string): Promise<void> {
  await page.waitForTimeout(SETTLE_MS);
  const height = Number(await frame.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ width: ADMIN_WIDTH, height: height + AROUND_FRAME });
  await page.screenshot({ path: join(FOLDER, file) });
  console.log(join('docs', 'images', file));
}

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const sandbox = await startSandbox({
    push: true,
    relayConfig: { timing: { hello_at_most_every: 1, expiry_grace: 1 } },
  });
  const browser = await launchChromium();
  const links = linksOf(sandbox);
  const landing = await startLanding(sandbox, links);
  try {
    const { approved: key, waits } = await play(sandbox, browser);
    await take(browser, { file: 'board-light.png', url: links.board, height: 720 });
    await take(browser, { file: 'board-dark.png', url: links.board, height: 720, colorScheme: 'dark' });
    await take(browser, {
      file: 'issue.png',
      url: `${sandbox.jira.baseUrl}/browse/${key}`,
      isWholePage: true,
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      const url = `${sandbox.jira.baseUrl}/browse/${waits}`;
      await take(browser, { file: `decision-${colorScheme}.png`, url, colorScheme, isWholePage: true });
    }
    await take(browser, { file: 'console.png', url: links.console, height: 1000 });
    await take(browser, { file: 'landing.png', url: landing.url, isWholePage: true });
    await takeAdmin(sandbox, browser);
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
