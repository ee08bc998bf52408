import { fakeSettings } from '../../test/support/fakes/services';
import { settingsStore } from './settings';

const values = new Map<string, unknown>();
jest.mock('@forge/kvs', () => ({
  kvs: {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: unknown, options?: { keyPolicy?: string }) => {
      if (options?.keyPolicy === 'FAIL_IF_EXISTS' && values.has(key)) throw new ForgeKvsAPIError();
      values.set(key, structuredClone(value));
    },
  },
  WhereConditions: {},
  get ForgeKvsAPIError() {
    return ForgeKvsAPIError;
  },
}));

class ForgeKvsAPIError extends Error {
  readonly code = 'KEY_CONFLICT';
}

beforeEach(() => values.clear());

describe('stored settings', () => {
  it('of the form before there were rules are read as one mapping, a service project among the others', async () => {
    const { settings } = fakeSettings();
    const [mapping] = settings.mappings;
    const before = {
      ...{ projectId: mapping?.projectId, issueTypeId: mapping?.issueTypeId, slots: mapping?.slots },
      approvers: settings.catchAll.approvers,
    };
    values.set('settings', { settings: before, version: 3, internalComments: true });
    expect(await settingsStore.read()).toEqual({
      settings,
      version: 3,
      serviceProjectIds: [mapping?.projectId],
    });
    values.set('settings', { settings: before, version: 3, internalComments: false });
    expect(await settingsStore.read()).toMatchObject({ serviceProjectIds: [] });
  });

  it('of a version before keep its number and nobody’s account, and cannot be saved over', async () => {
    const first = fakeSettings();
    await settingsStore.write(first);
    const second = { ...fakeSettings({ strictMode: true }), version: 2 };
    expect(await settingsStore.write(second)).toBe(true);
    expect(values.get('settings-version:1')).toEqual({});
    expect(await settingsStore.write(first)).toBe(false);
    expect(await settingsStore.read()).toEqual(second);
  });

  it('are written once for each version, and what a writer who was cut off left is completed', async () => {
    const first = fakeSettings();
    const second = { ...fakeSettings({ strictMode: true }), version: 2 };
    expect(await settingsStore.write(first)).toBe(true);
    values.set('settings-version:2', second);
    expect(await settingsStore.write({ ...first, version: 2 })).toBe(false);
    expect(await settingsStore.read()).toEqual(second);
  });
});
