import { z } from 'zod';
import type { JiraPerson } from './client';
import { PROPERTY, refusal, startTestSite, type TestSite } from './testing';

const page = z.object({
  issues: z.array(z.looseObject({ id: z.string() })),
  isLast: z.boolean(),
  nextPageToken: z.string().optional(),
});
let site: TestSite;
afterEach(() => site.jira.stop());

async function search(jql: string, more: object = {}, who: JiraPerson = site.app) {
  const answer = await who.call('POST', 'search/jql', { jql, ...more });
  expect(refusal(answer)).toMatch(/^200/);
  return page.parse(answer.body);
}
const ids = async (jql: string, more: object = {}, who?: JiraPerson) =>
  (await search(jql, more, who)).issues.map(({ id }) => id);

describe('queries', () => {
  let first: string;
  let second: string;
  beforeEach(async () => {
    site = await startTestSite();
    first = await site.createRequest('r-1', { properties: { roles: ['editor', 'dba'] } });
    site.clock.move(3_600_000);
    second = await site.createRequest('r-2');
    await site.jira.connectAs('bob').moveCard(first, 'Approved');
  });

  test('find by property, alias, element of a list, status, time, label and order', async () => {
    const { approved, pending } = site.jira.project.statuses;
    expect(await ids(`project = TAR AND issue.property[${PROPERTY}].requestId = "r-2"`)).toEqual([second]);
    expect(await ids('teleportRequest = "r-1"')).toEqual([first]);
    expect(await ids('TELEPORTROLE in ("dba", "x")')).toEqual([first]);
    expect(await ids(`project = TAR AND status NOT IN (${pending})`)).toEqual([first]);
    expect(await ids(`status = Approved OR status = ${pending} ORDER BY key ASC`)).toEqual([first, second]);
    expect(await ids('project = TAR AND created >= "-30m"')).toEqual([second]);
    expect(await ids('project = TAR AND updated >= -30m ORDER BY created')).toEqual([first, second]);
    expect(await ids('project = TAR AND labels is EMPTY AND resolution = Unresolved')).toEqual([second]);
    expect(await ids('key = TAR-1')).toEqual([first]);
    expect(await ids(`NOT status = ${approved} AND creator = currentUser()`)).toEqual([second]);
    expect(await ids('summary ~ "request" AND project != OPS ORDER BY created DESC')).toEqual([
      second,
      first,
    ]);
  });

  test('see a property that somebody rewrote', async () => {
    await site.jira.connectAs('alice').setProperty(second, PROPERTY, { requestId: 'forged' });
    expect(await ids('teleportRequest = "forged"')).toEqual([second]);
    expect(await ids('teleportRequest = "r-2"')).toEqual([]);
  });

  test.each([
    ['', 'Unbounded JQL queries are not allowed here'],
    ['ORDER BY created', 'Unbounded JQL queries are not allowed here'],
    ['project = NOPE', "The value 'NOPE' does not exist for the field 'project'"],
    ['status = 999', 'does not exist'],
    ['wibble = 1', "Field 'wibble' does not exist"],
    ['issue.property[other].x = 1', 'does not exist'],
    [`issue.property[${PROPERTY}].unindexed = 1`, 'does not exist'],
    ['teleportRequest ~ "r"', 'not supported'],
    ['project = TAR ORDER BY wibble', 'Not able to sort'],
    ['created >= yesterday', 'is invalid'],
    ['project = TAR ORDER BY key, key, key, key, key, key, key, key', 'maximum number of ORDER BY'],
    ['project in projectsOf(bob)', 'Unable to find JQL function'],
  ])('%s is refused', async (jql, message) => {
    const answer = await site.app.call('POST', 'search/jql', { jql });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ errorMessages: [expect.stringContaining(message)], errors: {} });
  });

  test('give ids only unless fields are named, and pages by token', async () => {
    expect((await search('project = TAR ORDER BY key')).issues).toEqual([{ id: first }, { id: second }]);
    const full = await search('project = TAR ORDER BY key', { fields: ['summary'], properties: [PROPERTY] });
    expect(full.issues[1]).toMatchObject({
      key: 'TAR-2',
      fields: { summary: 'request r-2' },
      properties: { [PROPERTY]: { requestId: 'r-2' } },
    });
    const one = await search('project = TAR ORDER BY key', { maxResults: 1 });
    expect(one).toMatchObject({ issues: [{ id: first }], isLast: false });
    const two = await search('project = TAR ORDER BY key', { nextPageToken: one.nextPageToken });
    expect(two).toEqual({ issues: [{ id: second }], isLast: true });
    const foreign = await site.app.call('POST', 'search/jql', {
      jql: 'project = OPS',
      nextPageToken: one.nextPageToken,
    });
    expect(foreign.status).toBe(400);
  });

  test('take nothing that the operation does not know, and at most five properties', async () => {
    const jql = 'project = TAR';
    const bad = [{ startAt: 0 }, { expand: ['names'] }, { properties: ['1', '2', '3', '4', '5', '6'] }];
    for (const more of bad)
      expect((await site.app.call('POST', 'search/jql', { jql, ...more })).status).toBe(400);
    expect((await site.app.call('POST', 'search', { jql })).status).toBe(410);
    expect((await site.app.call('GET', 'search?jql=project=TAR')).status).toBe(410);
  });

  test('show nobody what they may not see, nor what is archived', async () => {
    expect(await ids('project = TAR', {}, site.jira.connectAs('customer'))).toEqual([]);
    await site.jira.connectAs('admin').archiveIssue(first);
    expect(await ids('project = TAR')).toEqual([second]);
  });
});

describe('the index', () => {
  test('is behind writes, unless an issue is reconciled by id', async () => {
    site = await startTestSite({ searchLagMs: 1000 });
    const id = await site.createRequest('r-1');
    expect(await ids('teleportRequest = "r-1"')).toEqual([]);
    expect(await ids('teleportRequest = "r-1"', { reconcileIssues: [Number(id)] })).toEqual([id]);
    const match = await site.app.call('POST', 'jql/match', {
      issueIds: [Number(id)],
      jqls: ['teleportRequest = "r-1"', 'teleportRequest = "r-2"'],
    });
    expect(match.body).toEqual({
      matches: [
        { matchedIssues: [Number(id)], errors: [] },
        { matchedIssues: [], errors: [] },
      ],
    });
    site.clock.move(1600);
    expect(await ids('teleportRequest = "r-1"')).toEqual([id]);
    await site.jira.connectAs('bob').moveCard(id, 'Denied');
    expect(await ids('status = Pending')).toEqual([id]);
    site.clock.move(1600);
    expect(await ids('status = Pending')).toEqual([]);
  });

  test('may lose an issue that it had found, and find it again', async () => {
    site = await startTestSite();
    const id = await site.createRequest('r-1');
    site.jira.faults.searchVanishing = 0.5;
    const rounds: number[] = [];
    for (let round = 0; round < 30; round += 1) rounds.push((await ids('teleportRequest = "r-1"')).length);
    expect(rounds[0]).toBe(1);
    expect(new Set(rounds)).toEqual(new Set([0, 1]));
    expect((await site.app.call('GET', `issue/${id}`)).status).toBe(200);
  });
});
