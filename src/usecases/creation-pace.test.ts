import type { RequestSnapshot } from '../../contract/access-request';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { applyContext, applySnapshot } from '../../test/support/fakes/samples';
import { createFakeServices, fakeSettings } from '../../test/support/fakes/services';

const request = (number: number, changes = {}) =>
  sampleSnapshot({ id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, ...changes });

function withCap(newIssuesPerHour: number) {
  const services = createFakeServices();
  services.clock.pass(3600 - ((services.now() / 1000) % 3600));
  const context = applyContext({ stored: fakeSettings({ newIssuesPerHour }) });
  const apply = (snapshot: RequestSnapshot) => applySnapshot(services, snapshot, undefined, context);
  return { services, apply };
}

it('makes no more issues in an hour than the settings allow, and goes on in the next', async () => {
  const { services, apply } = withCap(3);
  const results = [];
  for (let number = 1; number <= 5; number += 1) results.push(await apply(request(number)));
  expect(results.map(({ result }) => result)).toEqual([
    'created',
    'created',
    'created',
    'deferred',
    'deferred',
  ]);
  expect(results[4]).toMatchObject({ seconds: 3600 });
  services.clock.pass(3600);
  expect(await apply(request(4))).toMatchObject({ result: 'created' });
});

it('tells the administrator once an hour', async () => {
  const { services, apply } = withCap(1);
  for (let number = 1; number <= 4; number += 1) await apply(request(number));
  const entries = (await services.activity.list(20)).entries.filter(({ code }) => code === 'too_many_new');
  expect(entries).toHaveLength(1);
  expect(entries[0]!.text).toMatch(/^1 issue.*Further requests wait until \d\d:00 UTC\.$/);
});

it('never holds up what has an issue', async () => {
  const { apply } = withCap(1);
  await apply(request(1));
  await apply(request(2));
  const ended = request(1, { state: 'DENIED', observedAt: '2026-11-24T14:05:00Z' });
  expect(await apply(ended)).toMatchObject({ result: 'updated' });
});
