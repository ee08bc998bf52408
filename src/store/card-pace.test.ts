import { cardPaceStore } from './card-pace';

const values = new Map<string, unknown>();

class FakeApiError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

jest.mock('@forge/kvs', () => ({
  kvs: {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: unknown) => {
      if (values.has(key)) throw new FakeApiError('KEY_CONFLICT');
      values.set(key, JSON.parse(JSON.stringify(value)));
    },
  },
  get ForgeKvsAPIError() {
    return FakeApiError;
  },
}));

const take = (decisionId: string, changes: object = {}) =>
  cardPaceStore.take({ accountId: '712020:a', minute: 7, places: 3, decisionId, ...changes });

beforeEach(() => values.clear());

it('gives as many places as there are, whoever comes at once', async () => {
  const took = await Promise.all(['1', '2', '3', '4', '5'].map((id) => take(`c:${id}:1`)));
  expect(took.filter(Boolean)).toHaveLength(3);
});

it('gives one decision one place, however often it is found', async () => {
  for (let times = 0; times < 5; times += 1) expect(await take('c:1:1')).toBe(true);
  expect(values.size).toBe(1);
});

it('counts people and minutes apart', async () => {
  for (const id of ['1', '2', '3']) await take(`c:${id}:1`);
  expect(await take('c:4:1')).toBe(false);
  expect(await take('c:4:1', { minute: 8 })).toBe(true);
  expect(await take('c:4:1', { accountId: '712020:b' })).toBe(true);
});
