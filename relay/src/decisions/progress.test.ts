import { accessRequest } from '../../../test/support/relay/fake-teleport';
import type { AccessRequest, Review } from '../ports';
import { describeProgress } from './progress';

const threshold = { name: '', filter: '', approve: 1, deny: 1 };
const review = (author: string, countsFor: number[], verdict: Review['verdict'] = 'APPROVED'): Review => ({
  ...{ author, countsFor, verdict, reason: '', createdAt: '2026-11-24T14:01:00Z' },
});

test.each<[string, Partial<AccessRequest>, 'approve' | 'deny', string]>([
  [
    'one of two',
    { thresholds: [{ ...threshold, approve: 2 }], reviews: [review('bot', [0])] },
    'approve',
    '1 of 2 approvals',
  ],
  [
    'denials are counted apart',
    {
      thresholds: [{ ...threshold, approve: 3, deny: 3 }],
      reviews: [review('carol', [0]), review('dora', [0], 'DENIED'), review('bot', [0], 'DENIED')],
    },
    'deny',
    '2 of 3 denials',
  ],
  [
    'of two ways the nearer one',
    {
      thresholds: [
        { ...threshold, approve: 5 },
        { ...threshold, approve: 2 },
      ],
      roleThresholds: new Map([['editor', [[0, 1]]]]),
      reviews: [review('bot', [0, 1])],
    },
    'approve',
    '1 of 2 approvals',
  ],
  [
    'of two demands the one that is further away',
    {
      thresholds: [
        { ...threshold, approve: 4 },
        { ...threshold, approve: 2 },
      ],
      roleThresholds: new Map([['editor', [[0], [1]]]]),
      reviews: [review('bot', [0, 1])],
    },
    'approve',
    '1 of 4 approvals',
  ],
  [
    'a demand that is met is not spoken of',
    {
      thresholds: [
        { ...threshold, approve: 1 },
        { ...threshold, approve: 2 },
      ],
      roleThresholds: new Map([['editor', [[0], [1]]]]),
      reviews: [review('bot', [0, 1])],
    },
    'approve',
    '1 of 2 approvals',
  ],
  [
    'a count of 0 is never reached',
    { thresholds: [{ ...threshold, approve: 0 }], reviews: [review('bot', [0])] },
    'approve',
    'the review was recorded; Teleport waits for more',
  ],
  [
    'a review that matches no filter',
    { thresholds: [{ ...threshold, filter: 'x' }], reviews: [review('bot', [])] },
    'approve',
    'the review was recorded, but it counts for no threshold of this request; it takes other reviewers in Teleport',
  ],
  [
    'a mapping that makes no sense',
    { roleThresholds: new Map([['editor', [[7]]]]), reviews: [review('bot', [0])] },
    'approve',
    'the review was recorded; Teleport waits for more',
  ],
])('%s', (_what, changes, verdict, words) => {
  expect(describeProgress(accessRequest(changes), verdict, 'bot')).toBe(words);
});
