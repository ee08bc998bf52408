import fc from 'fast-check';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { ISSUE_TYPE, PROJECT, STATUS } from '../../test/support/fakes/jira-site';
import { fakeSettings } from '../../test/support/fakes/services';
import { fits, routeRequest, settingsForIssue, type RoutedRequest } from './routing';
import type { RoutingMatch, RoutingRule, Settings } from './settings';
import { NO_APPROVERS } from './settings';

const stored = fakeSettings();
const { settings } = stored;
const NOTHING: RoutingMatch = {
  clusters: [],
  requesters: [],
  roles: [],
  resourceKinds: [],
  resourceNames: [],
};
const request: RoutedRequest = {
  cluster: 'prod.example.com',
  user: 'alice',
  roles: ['editor', 'Prod-DBA'],
  resources: [{ kind: 'db', name: '0001', friendlyName: 'orders' }],
};

function rule(id: string, match: Partial<RoutingMatch>, approver = id): RoutingRule {
  const approvers = { ...NO_APPROVERS, accountIds: [approver] };
  return { id, name: id, match: { ...NOTHING, ...match }, then: { ...settings.catchAll, approvers } };
}

function withRules(...rules: RoutingRule[]): Settings {
  return { ...settings, rules };
}

describe('rules', () => {
  it.each<[string, Partial<RoutingMatch>, boolean]>([
    ['a role', { roles: ['editor'] }, true],
    ['a role without regard to case', { roles: ['prod-dba'] }, true],
    ['a role by wildcard', { roles: ['other', 'prod-*'] }, true],
    ['part of a role', { roles: ['edit'] }, false],
    ['a resource by kind', { resourceKinds: ['d?'] }, true],
    ['a resource by its id', { resourceNames: ['0001'] }, true],
    ['a resource by its friendly name', { resourceNames: ['ord*s'] }, true],
    ['a requester', { requesters: ['ali*'] }, true],
    ['a cluster', { clusters: ['*.example.com'] }, true],
    ['another cluster', { clusters: ['*.example.org'] }, false],
    ['all of its lists', { roles: ['editor'], requesters: ['bob'] }, false],
    ['everything', {}, true],
  ])('match by %s', (_, match, isHit) => {
    expect(routeRequest(withRules(rule('r', match)), request).rule?.id).toBe(isHit ? 'r' : undefined);
  });

  it('count in their order, and the catch-all when none matches', () => {
    const rules = [
      rule('first', { roles: ['nobody'] }),
      rule('second', { roles: ['editor'] }),
      rule('third', {}),
    ];
    expect(routeRequest(withRules(...rules), request)).toMatchObject({
      rule: { id: 'second' },
      target: { approvers: { accountIds: ['second'] } },
      passedOver: [{ rule: { id: 'first' }, because: 'roles' }],
    });
    expect(routeRequest(withRules(rules[0]!), request)).toMatchObject({
      rule: undefined,
      target: settings.catchAll,
      passedOver: [{ because: 'roles' }],
    });
  });
});

describe('patterns', () => {
  it('mean what a regular expression of the same meaning says', () => {
    const small = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(small, text, (pattern, given) => {
        const expression = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        expect(fits(pattern, given)).toBe(new RegExp(`^${expression}$`).test(given));
      }),
    );
  });

  it('never take long', () => {
    const begun = performance.now();
    expect(fits('*a'.repeat(120), 'a'.repeat(119) + 'b'.repeat(900))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});

describe('what holds for an issue', () => {
  const second = {
    ...settings.mappings[0]!,
    projectId: '20000',
    slots: { pending: ['21'], approved: ['22'], denied: ['23'], expired: ['24'] },
  };
  const both: Settings = {
    ...settings,
    mappings: [...settings.mappings, second],
    rules: [{ ...rule('all', {}), then: { ...settings.catchAll, projectId: '20000', labels: ['late'] } }],
  };
  const place = { projectId: PROJECT, issueTypeId: ISSUE_TYPE };

  it('are the statuses of its own project, wherever new ones go by now, and the approvers of now', () => {
    const found = settingsForIssue({ ...stored, settings: both }, place, sampleSnapshot());
    expect(found).toMatchObject({ isMapped: true, slots: { pending: [STATUS.pending] }, labels: ['late'] });
  });

  it('is nothing in a project without mapping', () => {
    const found = settingsForIssue(
      { ...stored, settings },
      { ...place, projectId: '30000' },
      sampleSnapshot(),
    );
    expect(found).toMatchObject({
      isMapped: false,
      slots: { pending: [], approved: [], denied: [], expired: [] },
    });
  });

  it('keeps comments internal in service projects only', () => {
    const service = { settings: both, serviceProjectIds: ['20000'] };
    expect(settingsForIssue(service, second, sampleSnapshot()).internalComments).toBe(true);
    expect(settingsForIssue(service, place, sampleSnapshot()).internalComments).toBe(false);
  });
});
