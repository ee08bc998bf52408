import type { BrowserContext } from 'playwright-core';
import { full, settings, type Answers } from './admin-answers';
import { openAdmin, script, startAdminFixture, type AdminFixture } from './admin-fixture';

/* Who may decide and how long it is on record: the controls on the page, and what they send. */

const START_WITHIN_MS = 90_000;
const TEST_MS = 30_000;

let fixture: AdminFixture;
let context: BrowserContext;
beforeAll(async () => {
  fixture = await startAdminFixture();
}, START_WITHIN_MS);
afterAll(async () => {
  await fixture.stop();
}, START_WITHIN_MS);
beforeEach(async () => {
  context = await fixture.browser.newContext();
});
afterEach(() => context.close());

async function open(at: string, changes: Partial<Answers> = {}) {
  const { calls } = await script(context, {
    ...full,
    saveSettings: { ok: true, value: { version: 8 } },
    ...changes,
  });
  const opened = await openAdmin(context, fixture.forge.url, { at: `/${at}` });
  const saved = () => calls.find(({ name }) => name === 'saveSettings')?.payload;
  return { ...opened, saved };
}

describe('approvers', () => {
  it(
    'may be a role of the project and holders of the permission, with what that means',
    async () => {
      const { app, page, saved } = await open('people');
      const role = app.getByRole('checkbox', { name: 'Member', exact: true });
      await app.getByText('More ways to name approvers').waitFor();
      expect(await role.isVisible()).toBe(false);
      await app.getByText('More ways to name approvers').click();
      await app.getByText('Whoever administers the project decides who is in its roles').waitFor();
      await app.getByText('grant it in the permission scheme').waitFor();
      await role.check();
      await app.getByRole('checkbox', { name: 'Whoever holds the permission' }).check();
      await app.getByRole('button', { name: 'Save' }).first().click();
      await page.getByText('Saved').first().waitFor();
      const approvers = {
        groupIds: ['g-approvers'],
        accountIds: [],
        projectRoleIds: ['10100'],
        permission: true,
      };
      expect(saved()).toEqual({
        version: 7,
        settings: { ...settings, catchAll: { ...settings.catchAll, approvers } },
      });
    },
    TEST_MS,
  );

  it(
    'are nobody only while all four lists are empty',
    async () => {
      const nobody = {
        ...settings,
        catchAll: { ...settings.catchAll, approvers: { groupIds: [], accountIds: [] } },
      };
      const { app } = await open('people', {
        getSettings: { ok: true, value: { settings: nobody, version: 7 } },
      });
      await app.getByText('Nobody decides in Jira').waitFor();
      await app.getByText('More ways to name approvers').click();
      await app.getByRole('checkbox', { name: 'Member', exact: true }).check();
      await app.getByText('Nobody decides in Jira').waitFor({ state: 'detached' });
    },
    TEST_MS,
  );

  it(
    'by a role that is gone can be taken out again',
    async () => {
      const approvers = { groupIds: [], accountIds: [], projectRoleIds: ['10999'] };
      const { app, page, saved } = await open('people', {
        getSettings: {
          ok: true,
          value: { settings: { ...settings, catchAll: { ...settings.catchAll, approvers } }, version: 7 },
        },
      });
      const gone = app.getByRole('checkbox', { name: '10999' });
      await gone.click();
      await gone.waitFor({ state: 'detached' });
      expect(await app.getByRole('checkbox', { name: 'Member', exact: true }).isVisible()).toBe(true);
      await app.getByRole('button', { name: 'Save' }).first().click();
      await page.getByText('Saved').first().waitFor();
      expect(saved()).toMatchObject({ settings: { catchAll: { approvers: { projectRoleIds: [] } } } });
    },
    TEST_MS,
  );
});

it(
  'how strictly decisions are taken and how long they are kept is saved',
  async () => {
    const { app, page, saved } = await open('people');
    await app.getByRole('checkbox', { name: 'Strict mode' }).check();
    await app.getByRole('checkbox', { name: 'A denial by button needs a reason' }).check();
    await app.getByLabel('Decisions stay in the activity list for').fill('180');
    await app.getByLabel('Most new issues of a cluster in an hour').fill('50');
    await app.getByRole('button', { name: 'Save' }).last().click();
    await page.getByText('Saved').first().waitFor();
    expect(saved()).toMatchObject({
      version: 7,
      settings: { strictMode: true, denyNeedsReason: true, auditDays: 180, newIssuesPerHour: 50 },
    });
  },
  TEST_MS,
);

it(
  'the details of a decision show its whole record',
  async () => {
    const { app } = await open('activity');
    await app.getByRole('button', { name: 'Details' }).first().click();
    const record = app.getByRole('dialog');
    for (const text of [
      ...['Bob', 'a-bob', 'Approve', 'By moving the card', 'recorded'],
      ...['sha256:digest-of-what-was-shown', 'd-018f2c3e'],
    ])
      await record.getByText(text, { exact: true }).first().waitFor();
  },
  TEST_MS,
);
