import fc from 'fast-check';
import { anyLookalikeSnapshot, anySnapshot } from '../../test/support/arbitraries';
import { sampleSnapshot } from '../../test/support/sample-messages';
import { adfProblems } from '../../test/support/fakes/adf-schema';
import { plainText } from './adf';
import { contentDigest, describeResource, describeTime, MAX_SUMMARY, renderIssue } from './issue-content';

function digestOf(snapshot: Parameters<typeof renderIssue>[0]): string {
  const content = renderIssue(snapshot);
  return contentDigest(content.summary, content.description);
}

describe('renderIssue', () => {
  it('says who wants what, why and until when', () => {
    const content = renderIssue(
      sampleSnapshot({
        roles: ['editor', 'auditor'],
        resources: [{ cluster: 'leaf', kind: 'node', name: 'n-1', friendlyName: 'web', subResource: 'tmp' }],
        assumeStartAt: '2026-11-24T16:00:00Z',
        maxDurationUntil: '2026-11-24T18:30:00Z',
        kind: 'LONG_TERM',
        teleportUrl: 'https://teleport.example.com/web/requests/1',
      }),
    );
    expect(content.summary).toBe('alice → editor, auditor, web · restore the nightly backup');
    expect(content.complete).toBe(true);
    const words = plainText(content.description);
    for (const part of [
      'alice asks for access in teleport.example.com.',
      'web / tmp (node in leaf, id n-1)',
      'restore the nightly backup',
      'Ends unanswered 2026-11-24 15:00 UTC',
      'Access starts 2026-11-24 16:00 UTC',
      'Access asked until 2026-11-24 18:30 UTC',
      'Long-term access',
      'default: 1 to approve, 1 to deny',
      '<https://teleport.example.com/web/requests/1>',
    ])
      expect(words).toContain(part);
  });

  it('fits Jira and the schema whatever a request holds', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const { summary, description } = renderIssue(snapshot);
        expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY);
        expect(summary).not.toMatch(/\n/);
        expect(adfProblems(description)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'very many roles',
      { roles: Array.from({ length: 500 }, (_, index) => `role-${index}-${'x'.repeat(900)}`) },
    ],
    ['a reason of line feeds', { reason: 'a\n'.repeat(4000) }],
    ['a reason of quotation marks', { reason: '"'.repeat(8000) }],
    [
      'many long resources',
      {
        resources: Array.from({ length: 300 }, (_, i) => ({
          cluster: 'c'.repeat(1000),
          kind: 'node',
          name: `${i}`,
        })),
      },
    ],
  ])('cuts %s visibly, stays small and says that it is not complete', (_, changes) => {
    const content = renderIssue(sampleSnapshot(changes));
    expect(JSON.stringify(content.description).length).toBeLessThan(30_000);
    expect(adfProblems(content.description)).toEqual([]);
    expect(plainText(content.description)).toContain('…');
    expect(content.complete).toBe(false);
  });

  it('is not complete when the relay cut what is asked for, but is when it cut something else', () => {
    expect(renderIssue({ ...sampleSnapshot(), cut: ['roles'] }).complete).toBe(false);
    expect(renderIssue({ ...sampleSnapshot(), cut: ['suggestedReviewers'] }).complete).toBe(true);
  });

  it('is not complete when a name does not show all that it holds', () => {
    expect(renderIssue(sampleSnapshot({ roles: ['edi\u200btor'] })).complete).toBe(false);
    expect(renderIssue(sampleSnapshot({ user: 'ali\u202ece' })).complete).toBe(false);
    const resource = { cluster: 'c', kind: 'node', name: 'web\u2060' };
    expect(renderIssue(sampleSnapshot({ resources: [resource] })).complete).toBe(false);
  });
});

describe('contentDigest', () => {
  it('is the same for what only changes after the decision', () => {
    const pending = sampleSnapshot();
    expect(digestOf({ ...pending, state: 'APPROVED', resolveReason: 'ok' })).toBe(digestOf(pending));
  });

  it('differs when another reason or user is shown', () => {
    fc.assert(
      fc.property(anyLookalikeSnapshot, anyLookalikeSnapshot, (a, b) => {
        const isSame = a.reason === b.reason && a.user === b.user;
        expect(digestOf(a) === digestOf(b)).toBe(isSame);
      }),
    );
  });

  it('notices an edited summary but not white space that Jira trims', () => {
    const { summary, description } = renderIssue(sampleSnapshot());
    expect(contentDigest(` ${summary} `, description)).toBe(contentDigest(summary, description));
    expect(contentDigest(`${summary}!`, description)).not.toBe(contentDigest(summary, description));
  });
});

describe('describing', () => {
  it('names a resource once when name and friendly name are equal, and its constraints', () => {
    const resource = {
      cluster: 'main',
      kind: 'app',
      name: 'aws',
      friendlyName: 'aws',
      constraints: '{"a":1}',
    };
    expect(describeResource(resource)).toBe('aws (app in main, limited to {"a":1})');
  });

  it('writes a moment in UTC minutes', () => {
    expect(describeTime('2026-11-24T14:05:59Z')).toBe('2026-11-24 14:05 UTC');
  });
});
