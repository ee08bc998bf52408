import { createCreationPaceStore } from './creation-pace';

const values = new Map<string, unknown>();
let writes = 0;

jest.mock('@forge/kvs', () => ({
  kvs: {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: unknown) => {
      writes += 1;
      values.set(key, JSON.parse(JSON.stringify(value)));
    },
  },
}));

beforeEach(() => {
  values.clear();
  writes = 0;
});

it('counts by cluster and hour, and writes once for ten', async () => {
  const store = createCreationPaceStore(new Map());
  for (let times = 0; times < 25; times += 1) await store.add('one.example.com', 7);
  expect(await store.count('one.example.com', 7)).toBe(25);
  expect(await store.count('one.example.com', 8)).toBe(0);
  expect(await store.count('two.example.com', 7)).toBe(0);
  expect(writes).toBe(2);
});

it('shares what was written with other functions', async () => {
  const one = createCreationPaceStore(new Map());
  const two = createCreationPaceStore(new Map());
  for (let times = 0; times < 13; times += 1) await one.add('one.example.com', 7);
  expect(await two.count('one.example.com', 7)).toBe(10);
  for (let times = 0; times < 10; times += 1) await two.add('one.example.com', 7);
  expect(await one.count('one.example.com', 7)).toBe(23);
});

it('forgets hours that are over', async () => {
  const unsaved = new Map<string, number>();
  const store = createCreationPaceStore(unsaved);
  for (let hour = 0; hour < 50; hour += 1) await store.add('one.example.com', hour);
  expect(unsaved.size).toBe(1);
});
