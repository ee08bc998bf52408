import { sampleHello } from '../../../test/support/sample-messages';
import { ISSUE_TYPE, PROJECT, STATUS } from '../../../test/support/fakes/jira-site';
import { connect } from '../../../test/support/fakes/samples';
import { createFakeServices, fakeSettings, type FakeServices } from '../../../test/support/fakes/services';
import type { ProjectFacts } from '../ports';
import { getHealth } from './health';
import { getSettings, saveSettings } from './settings';
import { NO_APPROVERS } from '../../domain/settings';

const costCentre = {
  ...{ id: 'customfield_1', name: 'Cost centre', type: 'document', itemType: undefined },
  ...{ required: true, hasDefault: false, choices: undefined },
};
const caller = { accountId: 'admin-1' };
const { settings } = fakeSettings();

function withProject(services: FakeServices, changes: Partial<ProjectFacts>): void {
  const read = services.projects.read.bind(services.projects);
  services.projects.read = async (projectId, issueTypeId) => {
    const found = await read(projectId, issueTypeId);
    return found.ok ? { ok: true, value: { ...found.value, ...changes } } : found;
  };
}

async function failedChecks(services: FakeServices): Promise<string[]> {
  const health = await getHealth(services, {});
  if (!health.ok) throw new Error('refused');
  const bad = health.value.checks.filter((check) => !check.ok);
  for (const check of bad) expect(check.fix).toBeDefined();
  // The fake's workflow keeps nobody from deciding.
  return bad.flatMap(({ code }) => (code === 'open_transitions' ? [] : [code]));
}

describe('saving settings', () => {
  it('stores them with the next version and says who did', async () => {
    const services = createFakeServices();
    expect(await getSettings(services)).toEqual({ ok: true, value: { settings: null, version: 0 } });
    expect(await saveSettings(services, { settings, version: 0 }, caller)).toEqual({
      ok: true,
      value: { version: 1 },
    });
    expect(await getSettings(services)).toEqual({ ok: true, value: { settings, version: 1 } });
    expect((await services.activity.list(1)).entries).toMatchObject([
      { kind: 'settings', accountId: 'admin-1' },
    ]);
  });

  it('lets one of two administrators win, and tells the other', async () => {
    const services = createFakeServices();
    await saveSettings(services, { settings, version: 0 }, caller);
    const strict = { ...settings, strictMode: true };
    const answers = await Promise.all([
      saveSettings(services, { settings: strict, version: 1 }, caller),
      saveSettings(services, { settings, version: 1 }, { accountId: 'admin-2' }),
    ]);
    expect(answers.map((answer) => answer.ok).sort()).toEqual([false, true]);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ error: { code: 'conflict' } });
    expect(await getSettings(services)).toMatchObject({ value: { version: 2 } });
  });

  it('notices a service project, where comments must be internal', async () => {
    const services = createFakeServices();
    withProject(services, { typeKey: 'service_desk' });
    await saveSettings(services, { settings, version: 0 }, caller);
    expect(await services.settings.read()).toMatchObject({ serviceProjectIds: [PROJECT] });
  });

  it.each<[string, string, Partial<ProjectFacts>]>([
    ['an archived project', 'mappings.0.projectId', { archived: true }],
    ['product discovery', 'mappings.0.projectId', { typeKey: 'product_discovery' }],
    ['a type of another project', 'mappings.0.issueTypeId', { statusIds: new Map() }],
    [
      'a status of another type',
      'mappings.0.slots.expired',
      { statusIds: new Map([[ISSUE_TYPE, [STATUS.pending, STATUS.approved, STATUS.denied]]]) },
    ],
    ['a required field that nobody fills', 'mappings.0.defaults.customfield_1', { fields: [costCentre] }],
  ])('refuses %s', async (_, key, changes) => {
    const services = createFakeServices();
    withProject(services, changes);
    const answer = await saveSettings(services, { settings, version: 0 }, caller);
    expect(answer).toMatchObject({ ok: false, error: { code: 'bad_input', problems: [{ key }] } });
    expect(services.kvs.keys()).toEqual([]);
  });

  it('tells an invisible project from a Jira that does not answer, and refuses what is no settings', async () => {
    const services = createFakeServices();
    const place = { projectId: '20000' };
    const elsewhere = {
      ...settings,
      mappings: [{ ...settings.mappings[0], ...place }],
      catchAll: { ...settings.catchAll, ...place },
    };
    expect(await saveSettings(services, { settings: elsewhere, version: 0 }, caller)).toMatchObject({
      error: { code: 'bad_input' },
    });
    services.site.fail('readProject', 'uncertain_before');
    expect(await saveSettings(services, { settings, version: 0 }, caller)).toMatchObject({
      error: { code: 'jira_unavailable' },
    });
    expect(
      await saveSettings(services, { settings: { projectId: PROJECT }, version: 0 }, caller),
    ).toMatchObject({ error: { code: 'bad_input' } });
    expect(await saveSettings(services, 'nonsense', caller)).toMatchObject({ error: { code: 'bad_input' } });
  });
});

describe('health', () => {
  it('as it was found last is given without asking anybody', async () => {
    const services = createFakeServices();
    await getHealth(services, {});
    await services.settings.write(fakeSettings());
    services.clock.pass(3600);
    expect(await getHealth(services, { stored: true })).toMatchObject({
      value: {
        checkedAt: '2026-11-24T14:00:00.000Z',
        checks: expect.arrayContaining([expect.objectContaining({ code: 'settings', ok: false })]) as unknown,
      },
    });
    expect(await getHealth(services, { stored: 'yes' })).toMatchObject({ error: { code: 'bad_input' } });
  });

  it('warns of a missing way back, which stops nothing', async () => {
    const services = createFakeServices();
    await services.settings.write(fakeSettings());
    await connect(services);
    services.site.transitions = services.site.transitions.filter(({ to }) => to !== STATUS.pending);
    const health = await getHealth(services, {});
    const failing = health.ok
      ? health.value.checks.filter(({ ok, code }) => !ok && code !== 'open_transitions')
      : [];
    expect(failing).toHaveLength(3);
    for (const check of failing) expect(check).toMatchObject({ code: 'transitions', isWarning: true });
  });

  it('is good when everything is there', async () => {
    const services = createFakeServices();
    await services.settings.write(fakeSettings());
    await connect(services);
    expect(await failedChecks(services)).toEqual([]);
  });

  it('says what is missing at first', async () => {
    expect(await failedChecks(createFakeServices())).toEqual(['connection', 'settings']);
  });

  it.each<[string[], (services: FakeServices) => unknown]>([
    [
      ['approvers'],
      (services) =>
        services.settings.write({
          ...fakeSettings({ approvers: NO_APPROVERS }),
          version: 2,
        }),
    ],
    [['project'], (services) => withProject(services, { archived: true })],
    [['project'], (services) => services.site.fail('readProject', 'uncertain_before')],
    [['permissions'], (services) => services.site.fail('missingPermissions', 'uncertain_before')],
    [
      ['groups'],
      (services) => {
        services.projects.missingGroups = async (groupIds) => ({ ok: true, value: [...groupIds] });
      },
    ],
    [['people'], (services) => services.people.add('approver-1', { active: false })],
    [
      ['quota'],
      (services) => {
        services.quota.pausedUntil = async () => services.now() + 1;
      },
    ],
    [['relay'], (services) => services.clock.pass(20 * 60)],
    [
      ['teleport'],
      async (services) => {
        const hello = sampleHello();
        await connect(services, {
          ...hello,
          health: { ...hello.health, problems: ['the stream is silent'] },
        });
      },
    ],
    [
      ['connection', 'mismatch'],
      async (services) => {
        for (const status of await services.connections.listStatus())
          await services.connections.writeStatus({ ...status, state: 'mismatch' });
      },
    ],
  ])('names %j', async (codes, happen) => {
    const services = createFakeServices();
    await services.settings.write(fakeSettings());
    await connect(services);
    await happen(services);
    expect(await failedChecks(services)).toEqual(codes);
  });
});
