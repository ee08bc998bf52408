import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { linksOf } from '../../sandbox/describe';
import { startLanding, type SandboxLinks } from '../../sandbox/landing';
import type { HttpListener } from '../../sandbox/http';
import { startSandbox, type Sandbox } from '../../sandbox/start';
import { launchChromium } from './chromium';

/* What people see and do in the sandbox's pages, in a real browser, with the real relay and the app's real bundle behind them. */

const START_WITHIN_MS = 90_000;
const WITHIN_MS = 15_000;

let sandbox: Sandbox;
let links: SandboxLinks;
let landing: HttpListener;
let browser: Browser;
let context: BrowserContext;
let troubles: string[];

beforeAll(async () => {
  [sandbox, browser] = await Promise.all([startSandbox(), launchChromium()]);
  links = linksOf(sandbox);
  landing = await startLanding(sandbox, links);
}, START_WITHIN_MS);

afterAll(async () => {
  await browser.close();
  await landing.close();
  await sandbox.stop();
}, START_WITHIN_MS);

beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(WITHIN_MS);
  troubles = [];
  context.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  context.on('weberror', (error) => {
    troubles.push(error.error().message);
  });
});

afterEach(async () => {
  await context.close();
  expect(troubles).toEqual([]);
});

async function openConsole(user: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(links.console);
  await page.getByLabel('Signed in as').selectOption(user);
  return page;
}

async function openBoard(person: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(links.board);
  await page.getByLabel('Acting as').selectOption(person);
  return page;
}

async function ask(page: Page, role: string, reason: string): Promise<void> {
  await page.getByRole('checkbox', { name: role }).check();
  await page.getByLabel('Reason', { exact: true }).fill(reason);
  await page.getByRole('button', { name: 'Request access' }).click();
  await requestOf(page, reason).waitFor();
}

const requestOf = (page: Page, reason: string) => page.locator('.request').filter({ hasText: reason });
const columnOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const cardIn = (page: Page, column: string, reason: string) =>
  columnOf(page, column).getByRole('listitem').filter({ hasText: reason });

describe('the board', () => {
  it('shows what was asked for in the console; an approver who drags the card grants it', async () => {
    const reason = 'Publish the corrected release notes';
    const console = await openConsole('alice');
    const board = await openBoard('bob');
    await ask(console, 'editor', reason);

    const card = cardIn(board, 'Pending', reason);
    await card.waitFor();
    await card.dragTo(columnOf(board, 'Approved'));
    await cardIn(board, 'Approved', reason).waitFor();

    await requestOf(console, reason).getByText('Approved', { exact: true }).waitFor();
    const audit = console.getByRole('region', { name: 'Audit log' });
    await audit.getByText(`jira:${sandbox.jira.people['bob']!.accountId}`).first().waitFor();
  }, 40_000);

  it('moves a card without a mouse, and the denial reaches Teleport', async () => {
    const reason = 'Look around in the audit trail';
    const console = await openConsole('alice');
    const board = await openBoard('carol');
    await ask(console, 'auditor', reason);

    await cardIn(board, 'Pending', reason)
      .getByRole('button', { name: /^Move TAR-/ })
      .focus();
    await board.keyboard.press('Enter');
    const choice = board.getByRole('menuitem', { name: 'Denied' });
    await choice.waitFor();
    for (let presses = 0; presses < 5 && !(await isFocused(choice)); presses++)
      await board.keyboard.press('ArrowDown');
    await board.keyboard.press('Enter');

    await cardIn(board, 'Denied', reason).waitFor();
    await requestOf(console, reason).getByText('Denied', { exact: true }).waitFor();
  }, 40_000);

  it('puts back what somebody moved who may not decide, and the issue says why', async () => {
    const reason = 'Try to approve my own request';
    const console = await openConsole('alice');
    const board = await openBoard('alice');
    await ask(console, 'editor', reason);

    const card = cardIn(board, 'Pending', reason);
    await card.dragTo(columnOf(board, 'Approved'));
    await board.getByRole('status').filter({ hasText: 'commented on' }).waitFor();
    await card.waitFor();
    expect(await requestOf(console, reason).getAttribute('data-state')).toBe('PENDING');

    await card.getByRole('link').click();
    await board.getByText('Put back', { exact: true }).waitFor();
    await board.getByText('the person who moved it is not one of the approvers').waitFor();
    await board.getByRole('button', { name: 'History' }).click();
    expect(await board.locator('#history').getByText('status:').count()).toBeGreaterThanOrEqual(2);
  }, 40_000);

  it('says so when Jira offers a person no way to where they drag a card', async () => {
    const reason = 'Wait until it is too late';
    const console = await openConsole('alice');
    const board = await openBoard('bob');
    await ask(console, 'editor', reason);

    const card = cardIn(board, 'Pending', reason);
    await card.dragTo(columnOf(board, 'Expired'));
    await board.getByRole('alert').filter({ hasText: 'no transition to Expired' }).waitFor();
    await card.waitFor();
    expect(await cardIn(board, 'Expired', reason).count()).toBe(0);
  }, 40_000);
});

describe('a new request', () => {
  it('shows on the board within a second at the median', async () => {
    const board = await openBoard('bob');
    await board.getByRole('heading', { name: 'Pending' }).waitFor();
    const alice = await sandbox.teleport.connectAs('alice');
    const waits: number[] = [];
    for (let count = 1; count <= 9; count++) {
      const reason = `Measured request number ${count}`;
      const begun = performance.now();
      await alice.request({ roles: ['editor'], reason });
      await cardIn(board, 'Pending', reason).waitFor();
      waits.push(performance.now() - begun);
    }
    const median = waits.sort((a, b) => a - b)[4]!;
    expect(median).toBeLessThan(1_000);
  }, 40_000);
});

describe('the issue page', () => {
  it('shows what people wrote as text, whatever it looks like', async () => {
    const reason = '<img src=x onerror="document.title=\'taken\'"> & <b>bold</b>';
    const console = await openConsole('alice');
    const board = await openBoard('bob');
    await ask(console, 'auditor', reason);
    await cardIn(board, 'Pending', reason).getByRole('link').click();
    await board.locator('#description').getByText(reason).waitFor();

    await board.getByLabel('Add a comment').fill(reason);
    await board.getByRole('button', { name: 'Comment', exact: true }).click();
    await board.locator('#comments').getByText(reason).waitFor();
    expect(await board.locator('main img, main b').count()).toBe(0);
    expect(await board.title()).not.toBe('taken');
  }, 40_000);

  it('edits the summary, clones and deletes, as the person who acts may', async () => {
    const reason = 'Something to edit';
    const console = await openConsole('alice');
    const board = await openBoard('admin');
    await ask(console, 'editor', reason);
    await cardIn(board, 'Pending', reason).getByRole('link').click();
    await board.locator('#summary').filter({ hasText: reason }).waitFor();

    await board.getByRole('button', { name: 'More actions' }).click();
    await board.getByRole('menuitem', { name: 'Clone' }).click();
    await board
      .locator('#summary')
      .filter({ hasText: /^CLONE/ })
      .waitFor();
    await board.getByRole('button', { name: 'More actions' }).click();
    await board.getByRole('menuitem', { name: 'Edit the summary' }).click();
    await board.getByLabel('Summary').fill('A clone with a name of its own');
    await board.getByRole('button', { name: 'Save' }).click();
    await board.getByRole('heading', { name: 'A clone with a name of its own' }).waitFor();
    await board.getByRole('button', { name: 'More actions' }).click();
    await board.getByRole('menuitem', { name: /Delete/ }).click();
    await board.getByRole('button', { name: 'Delete', exact: true }).click();
    await board.getByRole('heading', { name: 'Pending' }).waitFor();
    await until(async () => (await board.getByText('A clone with a name of its own').count()) === 0);
  }, 40_000);
});

describe('each page', () => {
  const pages: [string, () => string][] = [
    ['landing', () => landing.url],
    ['board', () => links.board],
    ['issue', () => `${sandbox.jira.baseUrl}/browse/TAR-1`],
    ['console', () => links.console],
  ];

  it.each(pages)(
    '%s fits a narrow screen and follows the theme',
    async (_name, url) => {
      const grounds: unknown[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await context.newPage();
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width: 320, height: 640 });
        await page.goto(url());
        await page.getByRole('heading', { level: 1 }).filter({ hasText: /\S/ }).waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      }
      expect(new Set(grounds).size).toBe(2);
    },
    40_000,
  );

  it('landing shows that every part works', async () => {
    const page = await context.newPage();
    await page.goto(landing.url);
    await page.locator('[data-part][data-state="up"]').nth(3).waitFor();
    expect(await page.getByRole('link', { name: 'Open the board' }).getAttribute('href')).toBe(links.board);
  });
});

async function isFocused(locator: ReturnType<Page['getByRole']>): Promise<boolean> {
  return locator.evaluate('(element) => element === document.activeElement');
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error('Waited in vain.');
    await sleep(50);
  }
}
