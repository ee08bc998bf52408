import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../../relay/src/check/report';
import { roleYaml } from '../../relay/src/check/role-yaml';
import type { CheckName, Finding } from '../../relay/src/check/finding';
import { startTeleport, type TeleportSandbox } from '../../sandbox/teleport';
import { DEFAULT_ROLES, type SimulatedRole } from '../../sandbox/teleport/cast';
import { runPreflight, type PreflightChange } from '../support/relay/preflight';
import { Clients } from '../support/relay/real-teleport';
import { roleOfYaml, shippedRole } from '../support/relay/shipped-roles';

/** The roles that ship with the relay grant just what it needs: the checks pass with them, and name whatever is taken away. */

const USER = 'bot-jira-relay';
const folder = mkdtempSync(join(tmpdir(), 'relay-roles-'));
const clients = new Clients(() => sandbox);
let sandbox: TeleportSandbox;

beforeAll(async () => {
  sandbox = await startTeleport({ dataDir: folder });
});
afterEach(() => clients.close());
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

type Decisions = NonNullable<PreflightChange['decisions']>;

async function checkWith(roles: readonly SimulatedRole[], decisions: Decisions) {
  const names = roles.map((role, index) => {
    sandbox.cluster.roles[`given-${index}`] = role;
    return `given-${index}`;
  });
  sandbox.cluster.users[USER] = { roles: names, isBot: true };
  return runPreflight(sandbox, clients, { decisions });
}

const failures = (findings: Partial<Record<CheckName, Finding>>): Finding[] =>
  Object.values(findings).filter(({ result }) => result === 'failed' || result === 'warning');

/** All roles that lack one verb or one right to review, with what is missing. */
function withoutEach(roles: readonly SimulatedRole[]): { roles: SimulatedRole[]; missing: string[] }[] {
  return roles.flatMap((role, index) => {
    const replaced = (change: SimulatedRole, missing: string[]) => ({
      roles: roles.map((other, place) => (place === index ? change : other)),
      missing,
    });
    const { rules = {}, reviewRoles, previewAsRoles, ...rest } = role;
    const verbs = Object.entries(rules).flatMap(([resource, list]) =>
      list.map((verb) =>
        replaced({ ...role, rules: { ...rules, [resource]: list.filter((other) => other !== verb) } }, [
          resource,
          verb,
        ]),
      ),
    );
    return [
      ...verbs,
      ...(reviewRoles ? [replaced({ ...rest, rules }, ['review_requests', 'roles'])] : []),
      ...(previewAsRoles ? [replaced({ ...rest, rules }, ['review_requests', 'preview_as_roles'])] : []),
    ];
  });
}

describe.each<[string, string[], Decisions]>([
  ['observe', ['observe'], { mode: 'observe', approver_identity: undefined }],
  ['set-state, any', ['set-state'], { mode: 'set-state', approver_identity: 'any' }],
  ['set-state, trait', ['set-state', 'approver-identity'], { approver_identity: 'trait' }],
  ['set-state, email', ['set-state', 'approver-identity'], { approver_identity: 'email' }],
  ['review-as-bot, any', ['review-as-bot'], { mode: 'review-as-bot', approver_identity: 'any' }],
  ['review-as-bot, trait', ['review-as-bot', 'approver-identity'], { mode: 'review-as-bot' }],
])('%s', (_name, shipped, decisions) => {
  const roles = [...shipped, 'resource-names'].map(shippedRole);

  test('passes with exactly the roles that ship for it', async () => {
    expect(failures(await checkWith(roles, decisions))).toEqual([]);
  });

  test('names whatever is taken away, and what it prints mends it', async () => {
    const cases = withoutEach(roles);
    expect(cases.length).toBeGreaterThanOrEqual(3);
    for (const { roles: fewer, missing } of cases) {
      const found = failures(await checkWith(fewer, decisions));
      const table = formatTable(found);
      expect(found.length).toBeGreaterThan(0);
      missing.forEach((word) => expect(table).toContain(word));
      const added = roleOfYaml(roleYaml(found.flatMap(({ lacks }) => lacks ?? [])));
      expect(failures(await checkWith([...fewer, added], decisions))).toEqual([]);
    }
  });
});

test('every role that ships is held against its check', () => {
  const used = ['approver-identity', 'observe', 'resource-names', 'review-as-bot', 'set-state'];
  const files = readdirSync(join(__dirname, '..', '..', 'relay', 'roles')).sort();
  expect(files).toEqual(used.map((name) => `${name}.yaml`));
});

test("the sandbox's own relay holds what ships, and nothing else", () => {
  for (const name of ['observe', 'set-state', 'approver-identity', 'resource-names'])
    expect(DEFAULT_ROLES[`jira-relay-${name}`]).toEqual(shippedRole(name));
});
