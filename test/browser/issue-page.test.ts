import type { Browser, BrowserContext, Frame, FrameLocator, Page } from 'playwright-core';
import { gzipSync } from 'node:zlib';
import { moduleIdOf } from '../../sandbox/forge/identity';
import { accountOf, type Card } from '../attacks/support/cards';
import { choose, withSettings } from '../attacks/support/settings';
import { until, World } from '../support/world';
import { seriousFindings } from './admin-fixture';
import { launchChromium } from './chromium';

/* The decision page in a real browser under Forge's own policy, with the app, a real relay and Teleport behind it. */

const START_WITHIN_MS = 90_000;
const LONG_MS = 60_000;
const MOST_BYTES = 130_000;

let world: World;
let browser: Browser;
let context: BrowserContext;
let troubles: string[];

beforeAll(async () => {
  [world, browser] = await Promise.all([
    World.start({ push: true, relayConfig: { timing: { hello_at_most_every: 1 } } }),
    launchChromium(),
  ]);
}, START_WITHIN_MS);
afterAll(async () => {
  await browser.close();
  await world.stop();
}, START_WITHIN_MS);

beforeEach(async () => {
  troubles = [];
  await newContext();
});
afterEach(async () => {
  await context.close();
  expect(troubles).toEqual([]);
  expect(world.sandbox.forge.cspViolations).toEqual([]);
});

async function newContext(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  context.on('weberror', (error) => {
    troubles.push(error.error().message);
  });
}

async function askNow(asked: Parameters<World['ask']>[0] = {}): Promise<Card> {
  const id = await world.ask({ reason: 'look at a slow query', ...asked });
  return { id, issue: await world.issueOf(id) };
}

interface Opened {
  page: Page;
  app: FrameLocator;
  frame: Frame;
}

type Module = 'issue-context' | 'issue-panel';

function addressOf(module: Module, { issue }: Card, person: string): URL {
  const url = new URL(`/pages/${module}`, world.sandbox.forge.url);
  url.searchParams.set('issue', issue.id);
  url.searchParams.set('as', accountOf(world, person));
  return url;
}

async function open(card: Card, person = 'bob', module: Module = 'issue-context'): Promise<Opened> {
  const page = await context.newPage();
  const url = addressOf(module, card, person);
  await page.goto(url.href);
  const frame = page.frames().find((each) => each !== page.mainFrame());
  if (frame === undefined) throw new Error('The page has no frame with the app.');
  return { page, app: page.frameLocator('#app'), frame };
}

const approve = (app: FrameLocator) => app.getByRole('button', { name: 'Approve' });
const deny = (app: FrameLocator) => app.getByRole('button', { name: 'Deny' });
const live = (app: FrameLocator) => app.getByRole('status');

describe('an approver', () => {
  it('reads what is asked for and approves with one click; the outcome shows without a reload', async () => {
    const card = await askNow({ resources: [{ kind: 'node', name: 'db-1' }] });
    const { app } = await open(card);
    await app.getByText('Ends unanswered in').waitFor();
    for (const text of ['alice', 'editor', 'look at a slow query', 'teleport-approvers', 'No reviews yet.'])
      await app.getByText(text).first().waitFor();
    const link = app.getByRole('link', { name: 'Open in Teleport' });
    expect(await link.getAttribute('href')).toMatch(/^https:\/\/.*\/web\/requests\//);
    await app.getByLabel('Reason', { exact: true }).fill('go ahead');
    await approve(app).click();
    await live(app).getByText('Your approval is in effect.').waitFor();
    await app.getByText('Approved', { exact: true }).waitFor();
    expect(await approve(app).isVisible()).toBe(false);
    expect(world.request(card.id)?.Spec?.ResolveReason).toContain('go ahead');
  });

  it('denies by keyboard alone, and is asked for a reason where the settings want one', () =>
    withSettings(world, { denyNeedsReason: true }, async () => {
      const card = await askNow();
      const { app, page, frame } = await open(card);
      await deny(app).waitFor();
      await frame.evaluate("document.querySelector('a').focus()");
      const focused = () =>
        frame.evaluate('document.activeElement.id || document.activeElement.textContent').then(String);
      const reach = async (name: string): Promise<void> => {
        for (let presses = 0; presses < 15; presses++) {
          await page.keyboard.press('Tab');
          if ((await focused()) === name) return;
        }
        throw new Error(`${name} cannot be reached by Tab.`);
      };
      await reach('Deny');
      await page.keyboard.press('Enter');
      await app.getByRole('alert').getByText('A denial needs a reason').waitFor();
      expect(await focused()).toBe('reason');
      expect(world.stateOf(card.id)).toBe('PENDING');
      await page.keyboard.type('not today');
      await reach('Deny');
      await page.keyboard.press('Space');
      await live(app).getByText('Your denial is in effect.').waitFor();
      await world.untilState(card.id, 'DENIED');
    }));

  it(
    'sees that a decision waits for the relay, and then its outcome, without a reload',
    async () => {
      const card = await askNow();
      const { app, frame } = await open(card);
      await approve(app).waitFor();
      await world.sandbox.relay.stop();
      try {
        await approve(app).click();
        await live(app).getByText('Your approval waits for the relay.').waitFor();
        expect(await approve(app).getAttribute('aria-disabled')).toBe('true');
        await frame.evaluate('window.notReloaded = true');
      } finally {
        world.sandbox.relay.start();
        await world.sandbox.relay.untilReady();
      }
      await live(app).getByText('Your approval is in effect.').waitFor();
      expect(await frame.evaluate('window.notReloaded')).toBe(true);
      expect(world.stateOf(card.id)).toBe('APPROVED');
    },
    LONG_MS,
  );

  it('loses no decision to a call that breaks off, and decides once', async () => {
    const card = await askNow();
    const { app, page } = await open(card);
    await approve(app).waitFor();
    let lost = 0;
    await page.route('**/bridge', async (route) => {
      const isDecide = route.request().postData()?.includes('"decide"') === true;
      if (!isDecide || lost > 0) {
        await route.continue();
        return;
      }
      lost += 1;
      // It arrives, but its answer does not.
      await route.fetch();
      await route.fulfill({ json: { error: 'The function did not answer in time.' } });
    });
    await approve(app).click();
    await live(app).getByText('Your approval is in effect.').waitFor();
    expect(lost).toBe(1);
    expect(world.updatesOf(card.id)).toHaveLength(1);
  });

  it('is told when the request changed since it was shown, and sees what it is now', async () => {
    const card = await askNow();
    const { app } = await open(card);
    await approve(app).waitFor();
    world.sandbox.teleport.cluster.tamper(card.id, { Roles: ['editor', 'auditor'] });
    await approve(app).click();
    await live(app)
      .getByText(/changed/)
      .waitFor();
    expect(world.stateOf(card.id)).toBe('PENDING');
  });

  it('is warned of an edited issue and decides on what Teleport says', async () => {
    const card = await askNow();
    await world.sandbox.jira
      .connectAs('admin')
      .call('PUT', `issue/${card.issue.id}`, { fields: { summary: 'alice → viewer · harmless' } });
    const { app } = await open(card);
    await app.getByText('Summary or description of this issue were edited').waitFor();
    await app.getByText('editor', { exact: true }).waitFor();
    expect(await app.getByText('harmless').count()).toBe(0);
  });

  it('sees what people wrote as text', async () => {
    const reason = '<img src=x onerror="document.title=1"> <b>bold</b> [x](https://evil.example)';
    const card = await askNow({ reason });
    const { app } = await open(card);
    await app.getByText(reason).waitFor();
    expect(await app.locator('img, b').count()).toBe(0);
  });
});

describe('the panel', () => {
  const pin = async (action: 'PIN' | 'UNPIN'): Promise<void> => {
    const { forge, jira } = world.sandbox;
    const answer = await jira.connectAs('admin').call('POST', 'forge/panel/action/bulk/async', {
      moduleId: moduleIdOf(forge, 'issue-panel'),
      projectList: [{ projectIdOrKey: jira.project.id, action }],
    });
    expect(answer.status).toBe(202);
  };

  it('does not show where it is not pinned', async () => {
    const card = await askNow();
    const answer = await fetch(addressOf('issue-panel', card, 'bob'));
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('not pinned');
  });

  it('shows the same page where it is pinned, and decides', async () => {
    const card = await askNow();
    await pin('PIN');
    try {
      const { app } = await open(card, 'bob', 'issue-panel');
      for (const text of ['alice', 'editor', 'look at a slow query', 'teleport-approvers'])
        await app.getByText(text).first().waitFor();
      await approve(app).click();
      await live(app).getByText('Your approval is in effect.').waitFor();
      await world.untilState(card.id, 'APPROVED');
      const { app: other } = await open(await askNow(), 'erin', 'issue-panel');
      await other.getByText('You are not one of the approvers').first().waitFor();
      expect(await approve(other).isVisible()).toBe(false);
    } finally {
      await pin('UNPIN');
    }
  });
});

describe('somebody else', () => {
  it('who is no approver sees why they cannot decide', async () => {
    const { app } = await open(await askNow(), 'erin');
    await app.getByText('You cannot decide this request: you are not one of the approvers.').waitFor();
    expect(await approve(app).isVisible()).toBe(false);
    expect(await app.getByLabel('Reason', { exact: true }).isVisible()).toBe(false);
  });

  it('sees that holders of the permission may decide, where nobody else is named', () =>
    withSettings(world, { approvers: { groupIds: [], accountIds: [], permission: true } }, async () => {
      const { app } = await open(await askNow(), 'erin');
      await app.getByText('Holders of the permission “Decide Teleport access requests”').waitFor();
      expect(await app.getByText('Nobody is set up').count()).toBe(0);
    }));

  it('who asked for it may deny it and not approve it', () =>
    withSettings(
      world,
      { approvers: { groupIds: [], accountIds: [accountOf(world, 'alice')] } },
      async () => {
        const { app } = await open(await askNow(), 'alice');
        await app.getByText('it is your own request').waitFor();
        expect(await approve(app).isVisible()).toBe(false);
        await deny(app).click();
        await live(app).getByText('Your denial is in effect.').waitFor();
      },
    ));

  it('who lost the right meanwhile is told, and nothing is sent', async () => {
    const card = await askNow();
    const { app } = await open(card);
    await approve(app).waitFor();
    await choose(world, { approvers: { groupIds: [], accountIds: [] } });
    try {
      await approve(app).click();
      await live(app).getByText('nobody is set up to decide in Jira').waitFor();
    } finally {
      await choose(world);
    }
    expect(world.stateOf(card.id)).toBe('PENDING');
  });
});

it('does not show on an issue without the property, nor to whom Jira hides the issue', async () => {
  const card = await askNow();
  const at = (issue: string, person: string) =>
    fetch(`${world.sandbox.forge.url}/pages/issue-context?issue=${issue}&as=${accountOf(world, person)}`);
  expect((await at(card.issue.id, 'bob')).status).toBe(200);
  expect((await at(card.issue.id, 'customer')).status).toBe(404);
  card.issue.properties.delete('teleport-access');
  expect((await at(card.issue.id, 'bob')).status).toBe(404);
});

it(
  'stands on Jira’s issue page, as high as what it shows, for whoever acts there',
  async () => {
    const card = await askNow();
    const page = await context.newPage();
    await page.goto(`${world.sandbox.jira.baseUrl}/browse/${card.issue.key}`);
    const app = page.frameLocator('.app-frame').frameLocator('#app');
    await approve(app).waitFor();
    await until('the frame has its height', async () => {
      const box = await page.locator('.app-frame').boundingBox();
      return box !== null && box.height > 300;
    });
    await page.getByLabel('Acting as').selectOption('erin');
    await app.getByText('You cannot decide this request').waitFor();
    await page.getByLabel('Acting as').selectOption('bob');
    await approve(app).click();
    await live(app).getByText('Your approval is in effect.').waitFor();
    await page.locator('#status').getByText('Approved').waitFor();
  },
  LONG_MS,
);

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it(
    'has no serious findings of axe and fits 320 pixels, before and after a decision',
    async () => {
      await context.close();
      await newContext({ colorScheme, viewport: { width: 320, height: 800 } });
      const card = await askNow({
        reason: 'a'.repeat(400),
        resources: Array.from({ length: 2 }, (_, index) => ({ kind: 'node', name: `db-${index + 1}` })),
      });
      const { app, frame } = await open(card);
      await approve(app).waitFor();
      const sound = async (): Promise<void> => {
        expect(await seriousFindings(frame)).toEqual([]);
        expect(Number(await frame.evaluate('document.documentElement.scrollWidth'))).toBeLessThanOrEqual(320);
      };
      await sound();
      expect(await frame.evaluate('document.documentElement.dataset.colorMode')).toBe(colorScheme);
      await approve(app).click();
      await live(app).getByText('Your approval is in effect.').waitFor();
      await sound();
      const outsider = await open(await askNow(), 'erin');
      await outsider.app.getByText('You cannot decide').waitFor();
      expect(await seriousFindings(outsider.frame)).toEqual([]);
    },
    LONG_MS,
  );
});

it(`weighs less than ${MOST_BYTES} bytes and comes from nowhere else`, async () => {
  const card = await askNow();
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  const hosts = new Set<string>();
  page.on('response', (response) => {
    const url = new URL(response.url());
    hosts.add(url.hostname);
    if (url.pathname.startsWith('/issue/')) sizes.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto(
    `${world.sandbox.forge.url}/pages/issue-context?issue=${card.issue.id}&as=${accountOf(world, 'bob')}`,
  );
  await approve(page.frameLocator('#app')).waitFor();
  const sum = (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
  expect(sum).toBeGreaterThan(5000);
  expect(sum).toBeLessThan(MOST_BYTES);
  expect([...hosts]).toEqual(['127.0.0.1']);
});
