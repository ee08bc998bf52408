import { sampleSnapshot } from '../../test/support/sample-messages';
import { sampleIssueLink } from '../../test/support/fakes/samples';
import { createCreationPaceStore, PaceMemory } from './creation-pace';
import { createLinkStore } from './links';

const values = new Map<string, unknown>();
let writes = 0;
let now = 0;

jest.mock('@forge/kvs', () => ({
  kvs: {
    get: async (key: string) => values.get(key),
    transact: () => {
      const entries: [string, unknown][] = [];
      return {
        set: (key: string, value: unknown) => entries.push([key, value]),
        execute: async () => {
          writes += 1;
          for (const [key, value] of entries) values.set(key, JSON.parse(JSON.stringify(value)));
        },
      };
    },
  },
}));

const link = sampleIssueLink();
const { cluster } = link;

/** One function, warm from its first issue on. */
function warmFunction() {
  const memory = new PaceMemory();
  const pace = createCreationPaceStore(memory, () => now);
  const links = createLinkStore(memory);
  const make = async (hour: number) => {
    await pace.add(cluster, hour);
    await links.writeWithSnapshot(link, sampleSnapshot());
  };
  return { pace, links, make };
}

beforeEach(() => {
  values.clear();
  writes = 0;
  now = 0;
});

it('counts by cluster and hour without a write of its own', async () => {
  const { pace, make } = warmFunction();
  for (let times = 0; times < 25; times += 1) await make(7);
  expect(await pace.count(cluster, 7)).toBe(25);
  expect(await pace.count(cluster, 8)).toBe(0);
  expect(await pace.count('another.example.com', 7)).toBe(0);
  expect(writes).toBe(25);
});

it('counts each of many at once', async () => {
  const { pace, make } = warmFunction();
  await Promise.all(Array.from({ length: 10 }, () => make(7)));
  expect(await pace.count(cluster, 7)).toBe(10);
});

it('goes on where another function stopped', async () => {
  const first = warmFunction();
  for (let times = 0; times < 3; times += 1) await first.make(7);
  const second = warmFunction();
  await second.make(7);
  expect(await second.pace.count(cluster, 7)).toBe(4);
  now += 10_000;
  expect(await first.pace.count(cluster, 7)).toBe(4);
});

it('is read once for a burst, and again after ten seconds', async () => {
  const first = warmFunction();
  const second = warmFunction();
  await first.make(7);
  await second.make(7);
  expect(await first.pace.count(cluster, 7)).toBe(1);
  now += 9_999;
  await first.make(7);
  expect(await first.pace.count(cluster, 7)).toBe(2);
  await second.make(7);
  await second.make(7);
  now += 1;
  expect(await first.pace.count(cluster, 7)).toBe(4);
});

it('is written with new issues only', async () => {
  const { links, make } = warmFunction();
  await make(7);
  values.delete(`creation-pace:${cluster}`);
  await links.writeWithSnapshot(link, sampleSnapshot());
  expect(values.has(`creation-pace:${cluster}`)).toBe(false);
});
