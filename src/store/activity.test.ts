import { createActivityStore } from './activity';

const ttls: unknown[] = [];
jest.mock('@forge/kvs', () => ({
  kvs: { set: async (_key: string, _value: unknown, options: { ttl: unknown }) => ttls.push(options.ttl) },
}));
beforeEach(() => ttls.splice(0));

let now = 0;
const store = createActivityStore(
  () => now,
  () => Promise.resolve(200),
);

it('keeps decisions and refusals as long as the settings say', async () => {
  await store.add({ kind: 'decision', text: 'x' });
  await store.addOnce({ id: 'a', at: 1, kind: 'put_back', text: 'x' });
  await store.add({ kind: 'refusal', text: 'x' });
  expect(ttls).toEqual(Array.from({ length: 3 }, () => ({ value: 200, unit: 'DAYS' })));
});

it('keeps everything else for 90 days', async () => {
  await store.add({ kind: 'connection', text: 'x' });
  await store.addOnce({ id: 'a', at: 1, kind: 'failure', text: 'x' });
  expect(ttls).toEqual(Array.from({ length: 2 }, () => ({ value: 90, unit: 'DAYS' })));
});

it('ends a record that is written anew when it would have ended', async () => {
  now = 150 * 86_400_000;
  await store.replace({ id: 'a', at: 0, kind: 'decision', text: 'x' });
  expect(ttls).toEqual([{ value: 50, unit: 'DAYS' }]);
});
