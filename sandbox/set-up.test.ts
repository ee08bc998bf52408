import { AdminRefusal, AdminSession } from './admin';
import { confirm, saveSettings, settingsFor } from './set-up';

type Answer = (payload: unknown) => unknown;

/** An admin resolver that answers as told and remembers what it was asked. */
function resolverOf(answers: Record<string, Answer>) {
  const calls: { name: string; accountId: string; payload: unknown }[] = [];
  const host = {
    invokeResolver: (_module: string, accountId: string, name: string, payload: unknown) => {
      calls.push({ name, accountId, payload });
      return Promise.resolve(answers[name]?.(payload));
    },
  };
  return { admin: new AdminSession(host, 'admin-account'), calls };
}

const ok = (value: unknown) => ({ ok: true, value });
const expected = { name: 'teleport.sandbox', caFingerprint: 'a'.repeat(64) };
const connection = (proposal?: object) =>
  ok({ connections: [{ id: 'c1', name: 'Sandbox', state: 'proposed', ...(proposal && { proposal }) }] });

describe('AdminSession', () => {
  it('calls as the administrator and says why a call was refused', async () => {
    const { admin, calls } = resolverOf({
      getSettings: () => ({ ok: false, error: { code: 'not_administrator' } }),
    });
    const refusal = await admin.call('getSettings', {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AdminRefusal);
    expect(refusal).toMatchObject({ reason: { code: 'not_administrator' } });
    expect(calls).toEqual([{ name: 'getSettings', accountId: 'admin-account', payload: {} }]);
  });

  it.each([undefined, {}, ok({ connectionId: 7 })])('does not take %j for an answer', async (answer) => {
    const { admin } = resolverOf({ createConnection: () => answer });
    await expect(admin.call('createConnection', { name: 'x' })).rejects.toThrow();
  });
});

describe('confirm', () => {
  it('waits for the proposal and confirms exactly what the relay presented', async () => {
    let asked = 0;
    const { admin, calls } = resolverOf({
      listConnections: () => connection(++asked < 3 ? undefined : expected),
      confirmConnection: () => ok({ connectionId: 'c1' }),
    });
    await confirm(admin, 'c1', expected);
    expect(asked).toBe(3);
    expect(calls.at(-1)).toMatchObject({
      name: 'confirmConnection',
      payload: { connectionId: 'c1', cluster: expected },
    });
  });

  it.each([
    { ...expected, caFingerprint: 'b'.repeat(64) },
    { ...expected, name: 'another.sandbox' },
  ])('does not confirm another cluster', async (proposal) => {
    const { admin, calls } = resolverOf({ listConnections: () => connection(proposal) });
    await expect(confirm(admin, 'c1', expected)).rejects.toThrow(proposal.name);
    expect(calls.map(({ name }) => name)).toEqual(['listConnections']);
  });

  it('gives up as soon as the relay has ended', async () => {
    const { admin } = resolverOf({ listConnections: () => connection() });
    await expect(confirm(admin, 'c1', expected, () => false)).rejects.toThrow('ended');
  });
});

describe('saveSettings', () => {
  it('saves over the version that is there', async () => {
    const { admin, calls } = resolverOf({
      getSettings: () => ok({ settings: { projectId: '1' }, version: 4 }),
      saveSettings: () => ok({ version: 5 }),
    });
    await saveSettings(admin, { projectId: '2' });
    expect(calls.at(-1)?.payload).toEqual({ settings: { projectId: '2' }, version: 4 });
  });
});

describe('settingsFor', () => {
  it('names the project by ids, the approvers by their group and the people by their accounts', () => {
    const statuses = { pending: '1', approved: '2', denied: '3', expired: '4' };
    const person = { displayName: 'Alice', email: 'alice@example.com', token: 't' };
    const settings = settingsFor({
      project: { id: '10', key: 'TAR', issueTypeId: '20', statuses },
      groups: { 'teleport-approvers': 'g1', 'jira-users': 'g2' },
      people: { alice: { ...person, accountId: 'account-1' } },
    });
    expect(settings).toEqual({
      projectId: '10',
      issueTypeId: '20',
      slots: { pending: ['1'], approved: ['2'], denied: ['3'], expired: ['4'] },
      approvers: { groupIds: ['g1'], accountIds: [] },
      people: [{ teleportUser: 'alice', accountId: 'account-1' }],
    });
  });
});
