import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { JiraCall } from '../../sandbox/jira';
import { saveSettings, settingsFor } from '../../sandbox/set-up';
import { adfProblems } from '../support/fakes/adf-schema';
import { loadJiraOpenApi } from '../support/openapi';
import { until, World } from '../support/world';

/** Everything that the app asks of Jira in a representative life, judged by Jira's own description. */
const openApi = loadJiraOpenApi();
const manifest = z
  .object({ permissions: z.object({ scopes: z.array(z.string()) }) })
  .parse(parse(readFileSync(join(__dirname, '../../manifest.yml'), 'utf8')));

const TIMING = { hello_at_most_every: 0.1, expiry_grace: 0.1 };

describe.each(['business', 'service_desk'] as const)('in a %s project', (projectType) => {
  let world: World;
  let calls: JiraCall[];
  beforeAll(async () => {
    world = await World.start({
      jira: { projectType, searchLagMs: 10 },
      relayConfig: { timing: TIMING },
      settings: { sendApproverEmail: true },
    });
    await live(world);
    const { forge, jira } = world.sandbox;
    const name = jira.store.apps.find(({ accountId }) => accountId === forge.appAccountId)?.name;
    calls = jira.calls.filter((call) => call.app !== undefined && call.app === name);
  });
  afterAll(() => world.stop());

  test('the life was rich enough to judge by', () => {
    const used = new Set(calls.map(({ method, route }) => `${method} ${route ?? ''}`));
    expect([...used]).toEqual(
      expect.arrayContaining(
        [
          'POST issue',
          'GET issue/{issueIdOrKey}',
          'PUT issue/{issueIdOrKey}',
          'GET issue/{issueIdOrKey}/transitions',
          'POST issue/{issueIdOrKey}/transitions',
          'POST issue/{issueIdOrKey}/comment',
          'PUT issue/{issueIdOrKey}/comment/{id}',
          'PUT issue/{issueIdOrKey}/properties/{propertyKey}',
          'POST issue/{issueIdOrKey}/remotelink',
          'POST issue/bulkfetch',
          'POST search/jql',
          'GET myself',
          'GET user',
          'GET mypermissions',
        ].map((operation) => operation.replace(' ', ' /rest/api/3/')),
      ),
    );
    expect(calls.length).toBeGreaterThan(60);
  });

  test('every call is one that Jira describes', () => {
    const problems = calls.flatMap((call) => openApi.requestProblems(call));
    // The excerpt has the operations that matter and not all of them.
    const counted = problems.filter((problem) => openApi.isWhole || !problem.endsWith('no such operation'));
    expect(counted).toEqual([]);
  });

  test('none but those that were made to fail is refused for its form', () => {
    const refused = calls.filter(({ status = 0 }) => status >= 400 && status !== 404 && status < 500);
    expect(refused.map(({ method, path, status }) => [method, path, status])).toEqual([]);
  });

  test('every document is one that Atlassian’s schema allows', () => {
    const documents = calls.flatMap(({ body }) => documentsIn(body));
    expect(documents.length).toBeGreaterThan(10);
    expect(documents.flatMap(adfProblems)).toEqual([]);
    expect(adfProblems({ type: 'doc', version: 1, content: [{ type: 'text', text: '' }] })).not.toEqual([]);
  });

  test('the manifest asks for a scope of every call', () => {
    const { scopes } = manifest.permissions;
    const needed = calls.map(({ method, route }) => ({
      operation: `${method} ${route ?? ''}`,
      ways: openApi.operation(method, route ?? '')?.['x-atlassian-oauth2-scopes'] ?? [],
    }));
    const lacking = needed
      .filter(({ ways }) => openApi.isWhole || ways.length > 0)
      .filter(({ ways }) => !ways.some((way) => way.scopes.every((scope) => scopes.includes(scope))));
    expect([...new Set(lacking.map(({ operation }) => operation))]).toEqual([]);
    // The site itself asks for scopes, too, and would have answered so.
    expect(calls.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  });

  test('no scope is asked for that no call needs, but for those that are declared for what comes later', () => {
    const inUse = new Set(
      calls.flatMap(({ method, route }) =>
        (openApi.operation(method, route ?? '')?.['x-atlassian-oauth2-scopes'] ?? []).flatMap(
          ({ scopes }) => scopes,
        ),
      ),
    );
    const unused = manifest.permissions.scopes.filter((scope) =>
      scope.endsWith(':jira-work') || scope.endsWith(':jira-user') ? !inUse.has(scope) : false,
    );
    expect(openApi.isWhole ? unused : []).toEqual([]);
  });

  test('comments of a service project are internal, of others plain', () => {
    const comments = calls.filter(
      ({ method, route }) => method === 'POST' && route?.endsWith('/comment') === true,
    );
    const internal = comments.filter(({ body }) => JSON.stringify(body).includes('sd.public.comment'));
    expect(internal).toHaveLength(projectType === 'service_desk' ? comments.length : 0);
  });
});

/** Creation, reviews, decisions, put-backs, edits, expiry, loss, sweeps, settings and health. */
async function live(world: World): Promise<void> {
  const { sandbox } = world;
  const { forge, jira, teleport, admin } = sandbox;
  const call = (name: string, payload: unknown) =>
    forge.invokeResolver('admin', jira.people['admin']?.accountId ?? '', name, payload);

  const reviewed = await world.ask({ roles: ['dba'], reason: 'line one\n\n“quoted” <b> \u202e *x* @bob' });
  const reviewedIssue = await world.issueOf(reviewed);
  for (const reviewer of ['bob', 'carol'])
    await (await teleport.connectAs(reviewer)).review(reviewed, 'approve', `fine by ${reviewer}\nreally`);
  await world.untilSlot(reviewedIssue, 'approved');

  const resources = Array.from({ length: 80 }, (_each, index) => ({ kind: 'node', name: `node-${index}` }));
  const large = await world.ask({ roles: [], resources, reason: 'x'.repeat(4000) });
  await (await teleport.connectAs('bob')).review(large, 'deny', 'too much');
  await world.untilSlot(await world.issueOf(large), 'denied');

  const decided = await world.ask();
  const decidedIssue = await world.issueOf(decided);
  await jira.connectAs('bob').comment(decidedIssue.key, 'reason: rehearsed');
  await world.move(decidedIssue, 'approved');
  await world.untilState(decided, 'APPROVED');

  const fought = await world.ask();
  const foughtIssue = await world.issueOf(fought);
  for (const slot of ['approved', 'denied', 'approved'] as const) {
    await world.move(foughtIssue, slot, 'erin');
    await world.quiet();
  }
  expect(world.appComments(foughtIssue)).toHaveLength(2);

  const edited = await world.ask();
  const editedIssue = await world.issueOf(edited);
  await jira.connectAs('erin').edit(editedIssue.key, { summary: 'nothing', description: 'nothing' });
  await world.move(editedIssue, 'approved');
  await world.untilSlot(editedIssue, 'pending');
  teleport.cluster.tamper(edited, { Roles: ['auditor', 'editor'] });
  await until('shown', () => editedIssue.summary.includes('auditor'));

  const refused = await world.ask({ roles: ['payments'] });
  await world.quiet();
  const refusedIssue = await world.issueOf(refused);
  await world.move(refusedIssue, 'denied');
  await until('refused', () => world.appComments(refusedIssue).length > 0);

  const expiring = await world.ask({ maxDuration: new Date(sandbox.clock.now() + 1000) });
  await world.untilSlot(await world.issueOf(expiring), 'expired');

  const uncertain = world.ask({ reason: 'created although Jira failed' });
  jira.faults.next = ({ method, route }) =>
    method === 'POST' && route === '/rest/api/3/issue' ? { kind: 'error_after', status: 500 } : undefined;
  await until('created', async () => world.issuesOf(await uncertain).length > 0);
  jira.faults.next = undefined;
  await world.issueOf(await uncertain);

  const lost = await world.ask();
  const lostIssue = await world.issueOf(lost);
  forge.faults.events.drop = 1;
  await world.move(lostIssue, 'denied', 'erin');
  await world.quiet();
  await forge.runScheduledTrigger('sweep-moves');
  await jira.connectAs('admin').deleteIssue(lostIssue.key);
  forge.faults.events.drop = 0;
  await forge.runScheduledTrigger('sweep-all');
  await call('retryRequest', { cluster: teleport.clusterName, requestId: lost });

  await saveSettings(admin, { ...settingsFor(jira), strictMode: true });
  for (const name of ['getHealth', 'listFailures', 'listConnections', 'listActivity']) await call(name, {});
  await world.quiet();
}

/** Every document in a body, wherever it stands. */
function documentsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && value.type === 'doc') return [value];
  return Object.values(value).flatMap(documentsIn);
}
