import { startTestSite, type TestSite } from './testing';

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
});
afterEach(() => site.jira.stop());

async function until429(call: () => Promise<{ status: number; headers: Headers }>, most: number) {
  for (let passed = 0; passed < most; passed += 1) {
    const answer = await call();
    if (answer.status === 429) return { passed, headers: answer.headers };
    expect(answer.status).toBeLessThan(300);
  }
  return undefined;
}

test('an issue takes twenty writes in two seconds and a hundred in thirty', async () => {
  const [id, other] = [await site.createRequest('r-1'), await site.createRequest('r-2')];
  let n = 0;
  const write = () => site.app.call('PUT', `issue/${id}/properties/p`, (n += 1));
  const first = await until429(write, 30);
  expect(first?.passed).toBe(20);
  expect(first?.headers.get('ratelimit-reason')).toBe('jira-per-issue-on-write');
  expect(Number(first?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(site.jira.store.findIssue(id)?.properties.get('p')?.value).toBe(20);
  expect((await site.app.call('PUT', `issue/${other}/properties/p`, 1)).status).toBe(201);
  for (let round = 0; round < 4; round += 1) {
    site.clock.move(2100);
    expect((await until429(write, 30))?.passed).toBe(20);
  }
  site.clock.move(2100);
  expect((await until429(write, 30))?.passed).toBe(0);
  site.clock.move(30_000);
  expect((await write()).status).toBe(200);
});

test('an app runs out of points until the hour turns; people do not', async () => {
  site.jira.faults.pointsPerHour = 50;
  const read = () => site.app.call('GET', 'myself');
  expect((await read()).headers.get('ratelimit-policy')).toBe('"global-app-quota";q=50;w=3600');
  const end = await until429(read, 60);
  expect(end?.headers.get('ratelimit-reason')).toBe('jira-quota-global-based');
  expect(Number(end?.headers.get('retry-after'))).toBeLessThanOrEqual(3600);
  expect((await site.jira.connectAs('bob').call('GET', 'myself')).status).toBe(200);
  site.clock.move(3_600_000);
  expect((await read()).status).toBe(200);
});

test('bursts are counted for each operation', async () => {
  site.jira.faults.burstLimits = true;
  const end = await until429(() => site.app.call('GET', 'serverInfo'), 1000);
  expect(end?.headers.get('ratelimit-reason')).toBe('jira-burst-based');
  expect((await site.app.call('GET', 'myself')).status).toBe(200);
  site.clock.move(1000);
  expect((await site.app.call('GET', 'serverInfo')).status).toBe(200);
});
