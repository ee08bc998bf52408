import { gzipSync } from 'node:zlib';
import type { BrowserContext } from 'playwright-core';
import { empty, full, settings, type Answers } from './admin-answers';
import {
  openAdmin,
  script,
  seriousFindings,
  startAdminFixture,
  type AdminFixture,
  type OpenedAdmin,
  type Trouble,
} from './admin-fixture';

/* The admin page in a real browser under Forge's own policy. What the app would answer comes from the test, so that each state shows. */

const START_WITHIN_MS = 90_000;
const LONG_MS = 60_000;
const FIRST_LOAD_BYTES = 260_000;

/** Address, heading, what stands there when there is something, and when there is nothing. */
const PAGES = [
  ['start', 'Get started', 'Waiting for the first request', 'Make pairing token'],
  ['overview', 'Overview', 'decisions wait for a relay', 'No cluster is connected yet'],
  ['connections', 'Connections', 'teleport.example.com', 'No cluster is connected yet'],
  ['projects', 'Projects and statuses', 'Requests that wait for a decision', 'No project is chosen yet'],
  ['routing', 'Routing', 'When role dba or db-*', 'Choose a project first'],
  ['people', 'Approvers and people', 'is Alice in Jira', 'Choose a project first'],
  ['activity', 'Activity', 'Bob approved the request', 'Nothing has happened yet'],
  ['health', 'Health', 'Nothing leads from Expired', 'Nothing was checked yet'],
] as const;
/** All addresses, those of parts of pages too, with what shows that everything is loaded. */
const PLACES = [
  ...PAGES.map(([at, , text]) => [at, text] as const),
  ['projects/map/10000/10001', 'Ways that are missing'],
  ['projects/new', 'Two to ten capital letters'],
  ['projects/manual', 'Denied and Expired are missing'],
  ['projects/existing', 'Nothing in it is changed'],
] as const;

let fixture: AdminFixture;
let context: BrowserContext;
let troubles: string[];

beforeAll(async () => {
  fixture = await startAdminFixture();
}, START_WITHIN_MS);
afterAll(async () => {
  await fixture.stop();
}, START_WITHIN_MS);

async function newContext(options: Parameters<AdminFixture['browser']['newContext']>[0] = {}): Promise<void> {
  await context.close();
  context = await fixture.browser.newContext(options);
  context.on('console', (message) => {
    // The browser itself reports each answer of the bridge that is an error; what the page makes of it is what is tested.
    const isBridge = message.location().url.endsWith('/bridge');
    if (['error', 'warning'].includes(message.type()) && !isBridge) troubles.push(message.text());
  });
  context.on('weberror', (error) => {
    troubles.push(error.error().message);
  });
}

beforeEach(async () => {
  troubles = [];
  context = await fixture.browser.newContext();
  await newContext();
});
afterEach(async () => {
  await context.close();
  expect(troubles).toEqual([]);
  expect(fixture.forge.cspViolations).toEqual([]);
});

const open = (at?: string): Promise<OpenedAdmin> =>
  openAdmin(context, fixture.forge.url, at === undefined ? {} : { at: `/${at}` });

/** Goes from page to page in one tab, as its links do. */
async function visit(
  answers: Answers,
  trouble: Trouble | undefined,
  look: (opened: OpenedAdmin, page: (typeof PAGES)[number]) => Promise<void>,
): Promise<void> {
  await script(context, answers, trouble);
  const opened = await open(PAGES[0][0]);
  for (const page of PAGES) {
    await opened.frame.evaluate(`location.hash = '/${page[0]}'`);
    await opened.app.getByRole('heading', { level: 1, name: page[1] }).waitFor();
    await look(opened, page);
  }
}

describe('each page', () => {
  it(
    'shows what there is',
    () =>
      visit(full, undefined, async ({ app }, [, , text]) => {
        await app.getByText(text).first().waitFor();
      }),
    LONG_MS,
  );

  it(
    'says what to do when there is nothing yet',
    () =>
      visit(empty, undefined, async ({ app }, [, , , text]) => {
        await app.getByText(text).first().waitFor();
      }),
    LONG_MS,
  );

  it(
    'says that it is loading',
    () =>
      visit(full, 'never', async ({ app }) => {
        await app.getByRole('status').getByText('Loading…').first().waitFor();
      }),
    LONG_MS,
  );

  it(
    'says that the app did not answer, and tries again when told to',
    async () => {
      await visit(full, 'breaks', async ({ app }) => {
        await app.getByRole('alert').getByText('The app did not answer').first().waitFor();
      });
      await context.unroute('**/bridge');
      await script(context, full);
      const { app } = await open('health');
      await app.getByText('Nothing leads from Expired').waitFor();
      await context.unroute('**/bridge');
      await script(context, full, 'breaks');
      await app.getByRole('button', { name: 'Check now' }).click();
      await app.getByRole('alert').getByText('The app did not answer').waitFor();
      await context.unroute('**/bridge');
      await script(context, full);
      await app.getByRole('button', { name: 'Try again' }).click();
      await app.getByText('Nothing leads from Expired').waitFor();
    },
    LONG_MS,
  );

  it.each(['light', 'dark'] as const)(
    'has no serious findings of axe in %s',
    async (colorScheme) => {
      await newContext({ colorScheme });
      await script(context, full);
      const opened = await open('start');
      for (const [at, text] of PLACES) {
        await opened.frame.evaluate(`location.hash = '/${at}'`);
        await opened.app.getByText(text).first().waitFor();
        expect([at, await seriousFindings(opened.frame)]).toEqual([at, []]);
      }
    },
    LONG_MS,
  );

  it.each([320, 1440])(
    'fits a width of %s pixels',
    async (width) => {
      await newContext({ viewport: { width, height: 900 } });
      await script(context, full);
      const opened = await open('start');
      for (const [at, text] of PLACES) {
        await opened.frame.evaluate(`location.hash = '/${at}'`);
        await opened.app.getByText(text).first().waitFor();
        const wide = await opened.frame.evaluate('document.documentElement.scrollWidth');
        expect([at, Number(wide) <= width]).toEqual([at, true]);
      }
    },
    LONG_MS,
  );

  it('follows the theme', async () => {
    const grounds = new Set<unknown>();
    for (const colorScheme of ['light', 'dark'] as const) {
      await newContext({ colorScheme });
      await script(context, full);
      const { app, frame } = await open('overview');
      await app.getByText('decisions wait').waitFor();
      grounds.add(await frame.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(grounds.size).toBe(2);
  });
});

describe('the first load', () => {
  it('is light, and pages are loaded when they are opened', async () => {
    await script(context, full);
    const loaded = new Map<string, number>();
    context.on('response', (response) => {
      if (!/\/assets\/.*\.(?:js|css)$/.test(response.url())) return;
      void response.body().then((body) => {
        loaded.set(new URL(response.url()).pathname, gzipSync(body).length);
      });
    });
    const { app, page } = await open();
    await app.getByText('decisions wait').waitFor();
    await page.waitForLoadState('networkidle');
    const sum = [...loaded.values()].reduce((total, bytes) => total + bytes, 0);
    expect(sum).toBeGreaterThan(10_000);
    expect(sum).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
    expect([...loaded.keys()].some((path) => path.includes('/activity-'))).toBe(false);
    await app.getByRole('link', { name: 'Activity', exact: true }).click();
    await app.getByText('Bob approved').first().waitFor();
    expect([...loaded.keys()].some((path) => path.includes('/activity-'))).toBe(true);
  }, 30_000);
});

describe('the entries', () => {
  it.each([
    [undefined, full, 'Overview'],
    [undefined, empty, 'Get started'],
    ['admin-configure', full, 'Projects and statuses'],
    ['admin-start', full, 'Get started'],
  ])('%s opens the page that fits', async (module, answers, heading) => {
    await script(context, answers);
    const { app } = await openAdmin(context, fixture.forge.url, module === undefined ? {} : { module });
    await app.getByRole('heading', { level: 1, name: heading }).waitFor();
  });

  it('turn away who does not administer Jira', async () => {
    const refused = { ok: false, error: { code: 'not_administrator' } } as const;
    await script(context, { getWizard: refused, getOverview: refused });
    const { app } = await open('overview');
    await app.getByRole('alert').getByText('This page is for administrators of Jira').waitFor();
    expect(await app.getByRole('navigation').count()).toBe(0);
  });
});

describe('by keyboard alone', () => {
  it('a connection is revoked after its losses were named, and the focus stays where the person is', async () => {
    const { calls } = await script(context, {
      ...full,
      revokeConnection: { ok: true, value: { connectionId: 'c1' } },
    });
    const { app, page, frame } = await open('overview');
    await app.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const reach = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        const focused = String(
          await frame.evaluate(
            "`${document.activeElement.textContent} ${document.activeElement.getAttribute('aria-label') ?? ''}`",
          ),
        );
        if (focused.startsWith(name)) return;
      }
      throw new Error(`${name} cannot be reached by Tab.`);
    };
    await app.getByRole('heading', { level: 1 }).focus();
    await frame.evaluate("document.querySelector('nav a').focus()");
    await reach('Connections');
    await page.keyboard.press('Enter');
    await app.getByRole('heading', { level: 1, name: 'Connections' }).waitFor();
    await app.getByText('teleport.example.com').first().waitFor();

    await reach('Revoke…');
    await page.keyboard.press('Enter');
    const dialog = app.getByRole('dialog', { name: 'Revoke Production?' });
    await dialog.getByText('new requests of teleport.example.com').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await frame.evaluate('document.activeElement.textContent')).toBe('Revoke…');

    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await reach('Revoke connection');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(calls).toContainEqual({ name: 'revokeConnection', payload: { connectionId: 'c1' } });
    await page.getByText('Production is revoked').waitFor();
  }, 30_000);

  it('a rule is moved up', async () => {
    const { calls } = await script(context, { ...full, saveSettings: { ok: true, value: { version: 8 } } });
    const { app, page } = await open('routing');
    await app.getByRole('button', { name: 'Up Auditors' }).focus();
    const answered = page.waitForResponse(
      (response) => response.request().postData()?.includes('saveSettings') === true,
    );
    await page.keyboard.press('Enter');
    await answered;
    expect(calls.find(({ name }) => name === 'saveSettings')?.payload).toEqual({
      version: 7,
      settings: { ...settings, rules: [...settings.rules].reverse() },
    });
  });
});

describe('settings', () => {
  it('that somebody else saved meanwhile are told apart, and the change is put on top of them', async () => {
    const saved: unknown[] = [];
    let theirs = { settings, version: 7 };
    await script(context, {
      ...full,
      getSettings: () => ({ ok: true, value: theirs }),
      saveSettings: (payload) => {
        if (payload.version !== theirs.version)
          return { ok: false, error: { code: 'conflict', text: 'Somebody else saved.' } };
        saved.push(payload.settings);
        return { ok: true, value: { version: payload.version + 1 } };
      },
    });
    const { app } = await open('routing');
    await app.getByText('When role dba').waitFor();
    theirs = { settings: { ...settings, strictMode: true, people: [] }, version: 8 };

    await app.getByRole('button', { name: 'Delete Auditors' }).click();
    await app.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    const alert = app.getByRole('alert').filter({ hasText: 'Somebody else saved first' });
    await alert.getByText('the linked people and how decisions are taken changed').waitFor();
    expect(saved).toEqual([]);

    await alert.getByRole('button', { name: 'Put mine on top' }).click();
    await alert.waitFor({ state: 'detached' });
    expect(saved).toEqual([{ ...settings, strictMode: true, people: [], rules: settings.rules.slice(0, 1) }]);
  }, 30_000);

  it('that the app refuses are explained by key', async () => {
    await script(context, {
      ...full,
      saveSettings: {
        ok: false,
        error: { code: 'bad_input', problems: [{ key: 'approveWithinMinutes', expected: 'is 1 to 60' }] },
      },
    });
    const { app } = await open('people');
    await app.getByLabel('An approval stays valid for').fill('90');
    await app.getByRole('button', { name: 'Save' }).last().click();
    await app.getByRole('alert').getByText('approveWithinMinutes').waitFor();
  });

  it('of an existing project come from suggestions; required fields must be filled before they are saved', async () => {
    const { calls } = await script(context, {
      ...full,
      getSettings: { ok: true, value: { settings: null, version: 0 } },
      saveSettings: { ok: true, value: { version: 1 } },
    });
    const { app, page } = await open('projects/map/10000/10001');
    await app.getByText('Genehmigt').first().waitFor();
    await app.getByText('Fill in Cost centre and Ticket in the old system').waitFor();
    expect(await app.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await app.getByLabel('Cost centre').click();
    await app.getByRole('option', { name: 'Development' }).click();
    await app.getByLabel('Ticket in the old system').fill('none');
    await app.getByText('There is no way back from Expired').waitFor();
    await app.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Statuses saved').waitFor();
    const [save] = calls.filter(({ name }) => name === 'saveSettings');
    expect(save?.payload).toMatchObject({
      version: 0,
      settings: {
        mappings: [
          {
            projectId: '10000',
            issueTypeId: '10001',
            slots: { pending: ['1'], approved: ['2'], denied: ['3'], expired: ['4'] },
            defaults: { customfield_10050: { id: '2' }, customfield_10051: 'none' },
          },
        ],
        catchAll: { projectId: '10000', issueTypeId: '10001', approvers: { groupIds: [], accountIds: [] } },
      },
    });
  }, 30_000);
});
