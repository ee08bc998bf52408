import { newRun } from '../domain/provision/run';
import { provisionStore } from './provision';

const values = new Map<string, unknown>();

class FakeApiError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

jest.mock('@forge/kvs', () => ({
  kvs: {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: unknown, options?: { keyPolicy?: string }) => {
      if (options?.keyPolicy === 'FAIL_IF_EXISTS' && values.has(key)) throw new FakeApiError('KEY_CONFLICT');
      values.set(key, JSON.parse(JSON.stringify(value)));
    },
    delete: async (key: string) => void values.delete(key),
  },
  get ForgeKvsAPIError() {
    return FakeApiError;
  },
}));

beforeEach(() => values.clear());

const turn = (id: string, now: number) => ({ id, now, until: now + 30_000 });

it('keeps a set-up under the key that was asked for', async () => {
  expect(await provisionStore.read('TAR')).toBeUndefined();
  const run = { ...newRun('TAR'), known: { plan: 'free' as const } };
  await provisionStore.write(run);
  expect(await provisionStore.read('TAR')).toEqual(run);
  expect(await provisionStore.read('OPS')).toBeUndefined();
});

it('counts a value of another shape as none', async () => {
  values.set('provision:TAR', { v: 7 });
  expect(await provisionStore.read('TAR')).toBeUndefined();
});

it('gives the turn to one call at a time', async () => {
  expect(await provisionStore.takeTurn('TAR', turn('a', 0))).toBe(true);
  expect(await provisionStore.takeTurn('TAR', turn('b', 10))).toBe(false);
  expect(await provisionStore.takeTurn('OPS', turn('c', 10))).toBe(true);
  await provisionStore.endTurn('TAR', 'b');
  expect(await provisionStore.takeTurn('TAR', turn('b', 20))).toBe(false);
  await provisionStore.endTurn('TAR', 'a');
  expect(await provisionStore.takeTurn('TAR', turn('b', 30))).toBe(true);
});

it('takes over a turn that was never given back, once it is over', async () => {
  await provisionStore.takeTurn('TAR', turn('ended', 0));
  expect(await provisionStore.takeTurn('TAR', turn('b', 29_999))).toBe(false);
  expect(await provisionStore.takeTurn('TAR', turn('b', 30_000))).toBe(true);
  await provisionStore.endTurn('TAR', 'ended');
  expect(await provisionStore.takeTurn('TAR', turn('c', 30_001))).toBe(false);
});
