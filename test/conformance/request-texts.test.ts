import fc from 'fast-check';
import { anyCharacter } from '../support/arbitraries';
import type { RequestSnapshot } from '../../contract/access-request';
import { plainText } from '../../src/domain/adf';
import { resolutionComment, reviewComment } from '../../src/domain/comments';
import { MAX_SUMMARY, renderIssue } from '../../src/domain/issue-content';
import { viewRequest } from '../../src/domain/panel';
import { sampleSnapshot } from '../support/sample-messages';
import { adfProblems } from '../support/fakes/adf-schema';

/* What people at Teleport write into requests, on its way into Jira: 10,000 requests, most of them hostile. */

const RUNS = 10_000;
/** Jira's limit for a document, in characters of its JSON (Jira REST v3, text limits). */
const MAX_DOCUMENT = 32_767;
const URL = 'https://teleport.example.com/web/requests/1';
/** Everything that this app writes into a document; a mention, a card or a macro is not among it. */
const OWN_NODES = [
  'doc',
  'paragraph',
  'heading',
  'bulletList',
  'listItem',
  'blockquote',
  'text',
  'hardBreak',
];
const NOT_DRAWN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/u;

const pieces = fc.constantFrom(
  ...[
    '<script>alert(1)</script>',
    '<b>x</b>',
    '[click](https://evil.example)',
    'https://evil.example/?a=b&c',
  ],
  ...[
    '@bob',
    '[~accountid:712020:1]',
    '{code}',
    '{panel}',
    '||head||',
    '*bold* _it_ +u+',
    'h1. Title',
    '----',
  ],
  ...[
    '{"type":"mention","attrs":{"id":"712020:1"}}',
    '"\\"',
    "'; DROP TABLE",
    '${jndi:ldap://x}',
    '=cmd()',
    '&lt;',
  ],
  ...[
    '\u202eevil\u202c',
    '\u200b',
    '\u2066x\u2069',
    '\ufeff',
    '\u0000\u0007\u001b[31m',
    '\r\n',
    '\n\n',
    '\t',
    '\u2028',
  ],
  ...['\ud83d\ude00', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'e\u0301\u0301\u0301', '\ud83d', 'ﷺ', '中文', 'עברית'],
);
const hostile = fc.array(
  fc.oneof({ weight: 3, arbitrary: pieces }, fc.string({ unit: anyCharacter, maxLength: 6 })),
  {
    maxLength: 8,
  },
);
const text = hostile.map((parts) => parts.join(' '));
const name = hostile.map((parts) => `r${parts.join('')}`.slice(0, 200));
/** Texts whose length lies around a limit, with an emoji across the cut. */
const atLimit = (limit: number) =>
  fc
    .tuple(fc.integer({ min: limit - 4, max: limit + 4 }), text)
    .map(([length, more]) => `${'a'.repeat(length)}😀${more}`);
const reason = fc.oneof(
  { weight: 12, arbitrary: text },
  { weight: 1, arbitrary: atLimit(220) },
  { weight: 1, arbitrary: atLimit(4096) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\n'.repeat(4000), '"'.repeat(4000), '😀'.repeat(2000), '<'.repeat(4096)),
  },
);
const listOf = <T>(entry: fc.Arbitrary<T>, most: number) =>
  fc.oneof(
    { weight: 40, arbitrary: fc.array(entry, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(entry, { minLength: most - 20, maxLength: most, size: 'max' }) },
  );
const request = fc
  .record({
    user: name,
    roles: listOf(name, 200),
    resources: listOf(
      fc.record(
        { cluster: name, kind: fc.constantFrom('node', 'db'), name, friendlyName: name, constraints: text },
        { requiredKeys: ['cluster', 'kind', 'name'] },
      ),
      300,
    ),
    reason,
    reviews: fc.array(
      fc.record({
        author: name,
        verdict: fc.constantFrom('APPROVED', 'DENIED', 'PROMOTED'),
        reason,
        createdAt: fc.constant('2026-11-24T14:05:00Z'),
      }),
      { maxLength: 2 },
    ),
    state: fc.constantFrom('PENDING', 'APPROVED', 'DENIED', 'EXPIRED'),
    resolveReason: reason,
  })
  .map((parts) => sampleSnapshot({ ...parts, teleportUrl: URL }));

interface Node {
  type: string;
  text?: string;
  content?: readonly Node[];
  marks?: readonly { type: string; attrs?: { href?: string } }[];
}

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.content ?? []) yield* nodesOf(child);
}

function expectSound(document: Node): void {
  expect(adfProblems(document)).toEqual([]);
  expect(JSON.stringify(document).length).toBeLessThanOrEqual(MAX_DOCUMENT);
  for (const node of nodesOf(document)) {
    if (!OWN_NODES.includes(node.type)) throw new Error(`${node.type} was written`);
    if (NOT_DRAWN.test(node.text ?? '')) throw new Error('something that is not drawn was written');
    for (const mark of node.marks ?? [])
      if (mark.type === 'link' ? mark.attrs?.href !== URL : mark.type !== 'strong')
        throw new Error(`a mark ${mark.type} was written`);
  }
}

/** What an approver must be able to read is there in full, or the issue says that it is cut. */
function expectWhole(snapshot: RequestSnapshot): void {
  const { description, complete } = renderIssue(snapshot);
  const words = plainText(description);
  if (!complete) {
    const named = [
      snapshot.user,
      ...snapshot.roles,
      ...snapshot.resources.flatMap((each) => Object.values(each)),
    ];
    const isCleaned = named.some((each) => NOT_DRAWN.test(each) || /\s{2}|^\s|\s$|\n/.test(each));
    expect(isCleaned || words.includes('…')).toBe(true);
    return;
  }
  for (const role of [snapshot.user, ...snapshot.roles]) expect(words).toContain(role);
  for (const { name: resource } of snapshot.resources) expect(words).toContain(resource);
}

test(`${RUNS} requests are shown as text, within Jira's limits, whole or visibly cut`, () => {
  let cut = 0;
  let whole = 0;
  fc.assert(
    fc.property(request, (snapshot) => {
      const { summary, description, complete } = renderIssue(snapshot);
      if (complete) whole += 1;
      else cut += 1;
      expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY);
      expect(NOT_DRAWN.test(summary) || summary.includes('\n')).toBe(false);
      expectSound(description);
      expectWhole(snapshot);
      for (const comment of [...snapshot.reviews.map(reviewComment), resolutionComment(snapshot)])
        if (comment !== undefined) expectSound(comment.body);
    }),
    { numRuns: RUNS },
  );
  // Both kinds were among them in numbers, or the above says little.
  expect(Math.min(cut, whole)).toBeGreaterThan(RUNS / 50);
}, 300_000);

test(`${RUNS} requests are shown on the decision page with every name as it is`, () => {
  fc.assert(
    fc.property(request, (snapshot) => {
      const { reviews, reason: shownReason, resolveReason, ...view } = viewRequest(snapshot);
      const names = [view.user, ...view.roles, ...view.resources.map((resource) => resource.name)];
      for (const shown of names) if (NOT_DRAWN.test(shown) || shown.includes('\n')) throw new Error('hidden');
      // Names that differ look different.
      expect(new Set(view.roles).size).toBe(new Set(snapshot.roles).size);
      for (const written of [shownReason, resolveReason, ...reviews.map((review) => review.reason)])
        expect(NOT_DRAWN.test(written)).toBe(false);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
