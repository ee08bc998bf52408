import fc from 'fast-check';
import { anySnapshot } from '../test/support/arbitraries';
import { sampleSnapshot } from '../test/support/sample-messages';
import {
  CUTTABLE_FIELDS,
  REQUEST_STATES,
  requestSnapshot,
  toUtcSeconds,
  utcTime,
  type AccessReview,
  type RequestedResource,
  type RequestSnapshot,
} from './access-request';

const resource: RequestedResource = { cluster: 'teleport.example.com', kind: 'node', name: 'n' };
const review: AccessReview = {
  author: 'bob',
  verdict: 'APPROVED',
  reason: '',
  createdAt: '2026-11-24T14:01:00Z',
};
const threshold = { name: 'default', approve: 1, deny: 1, hasFilter: false };
const text = (length: number) => 'x'.repeat(length);

/** Paths of what is wrong, or nothing when the snapshot is accepted. */
const problems = (value: unknown) =>
  requestSnapshot.safeParse(value).error?.issues.map((issue) => issue.path.join('.'));

/** Every field filled. */
const complete = sampleSnapshot({
  resources: [{ ...resource, subResource: 's', friendlyName: 'db-1', constraints: '{}' }],
  accessExpiresAt: '2026-11-24T18:00:00Z',
  maxDurationUntil: '2026-11-24T18:00:00Z',
  assumeStartAt: '2026-11-24T14:30:00Z',
  reviews: [review],
  suggestedReviewers: ['bob'],
  promotedAccessList: { name: 'list', title: 'Editors' },
  teleportUrl: 'https://teleport.example.com/web/requests/1',
  deletedAt: '2026-11-24T16:00:00Z',
});

const OPTIONAL_FIELDS = [
  'requestExpiresAt',
  'accessExpiresAt',
  'maxDurationUntil',
  'assumeStartAt',
  'promotedAccessList',
  'teleportUrl',
  'deletedAt',
];

describe('requestSnapshot', () => {
  it('accepts any snapshot that a relay can make and gives it back unchanged', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        expect(requestSnapshot.parse(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
      }),
    );
  });

  it('drops members that it does not know, so that a newer relay can talk to an older app', () => {
    expect(requestSnapshot.parse({ ...complete, later: 1 })).toEqual(complete);
  });

  it.each(Object.keys(complete))('knows whether %s may be missing', (field) => {
    const missing = { ...complete, [field]: undefined };
    expect(problems(missing)).toEqual(OPTIONAL_FIELDS.includes(field) ? undefined : [field]);
  });

  it.each(Object.keys(complete))('refuses null as %s', (field) => {
    expect(problems({ ...complete, [field]: null })).toEqual([field]);
  });

  const limits: [path: string, limit: number, make: (length: number) => Partial<RequestSnapshot>][] = [
    ['cluster', 1024, (n) => ({ cluster: text(n) })],
    ['id', 1024, (n) => ({ id: text(n) })],
    ['user', 1024, (n) => ({ user: text(n) })],
    ['roles.0', 1024, (n) => ({ roles: [text(n)] })],
    ['resources.0.cluster', 1024, (n) => ({ resources: [{ ...resource, cluster: text(n) }] })],
    ['resources.0.kind', 1024, (n) => ({ resources: [{ ...resource, kind: text(n) }] })],
    ['resources.0.name', 1024, (n) => ({ resources: [{ ...resource, name: text(n) }] })],
    ['resources.0.subResource', 1024, (n) => ({ resources: [{ ...resource, subResource: text(n) }] })],
    ['resources.0.friendlyName', 1024, (n) => ({ resources: [{ ...resource, friendlyName: text(n) }] })],
    ['resources.0.constraints', 8192, (n) => ({ resources: [{ ...resource, constraints: text(n) }] })],
    ['reason', 8192, (n) => ({ reason: text(n) })],
    ['resolveReason', 8192, (n) => ({ resolveReason: text(n) })],
    ['reviews.0.author', 1024, (n) => ({ reviews: [{ ...review, author: text(n) }] })],
    ['reviews.0.reason', 8192, (n) => ({ reviews: [{ ...review, reason: text(n) }] })],
    ['thresholds.0.name', 1024, (n) => ({ thresholds: [{ ...threshold, name: text(n) }] })],
    ['suggestedReviewers.0', 1024, (n) => ({ suggestedReviewers: [text(n)] })],
    ['promotedAccessList.name', 1024, (n) => ({ promotedAccessList: { name: text(n), title: '' } })],
    ['promotedAccessList.title', 1024, (n) => ({ promotedAccessList: { name: 'l', title: text(n) } })],
    ['teleportUrl', 2048, (n) => ({ teleportUrl: `https://t.example/${text(n - 18)}` })],
  ];
  it.each(limits)('holds %s to %d characters', (path, limit, make) => {
    expect(problems({ ...complete, ...make(limit) })).toBeUndefined();
    expect(problems({ ...complete, ...make(limit + 1) })).toEqual([path]);
  });

  it.each(['cluster', 'id', 'user'])('refuses an empty %s', (field) => {
    expect(problems({ ...complete, [field]: '' })).toEqual([field]);
  });

  it.each(REQUEST_STATES)('knows the state %s', (state) => {
    expect(problems({ ...complete, state })).toBeUndefined();
  });

  const strangers: [path: string, changes: Record<string, unknown>][] = [
    ['state', { state: 'NONE' }],
    ['state', { state: 'approved' }],
    ['kind', { kind: 'MEDIUM_TERM' }],
    ['reviews.0.verdict', { reviews: [{ ...review, verdict: 'PENDING' }] }],
    ['cut.0', { cut: ['user'] }],
    ['thresholds.0.approve', { thresholds: [{ ...threshold, approve: -1 }] }],
    ['thresholds.0.approve', { thresholds: [{ ...threshold, approve: 1.5 }] }],
    ['thresholds.0.deny', { thresholds: [{ ...threshold, deny: -1 }] }],
    ['thresholds.0.deny', { thresholds: [{ ...threshold, deny: '1' }] }],
    ['thresholds.0.hasFilter', { thresholds: [{ ...threshold, hasFilter: undefined }] }],
    ['teleportUrl', { teleportUrl: 'javascript:alert(1)' }],
    ['teleportUrl', { teleportUrl: 'ftp://teleport.example.com/' }],
    ['teleportUrl', { teleportUrl: '/web/requests/1' }],
  ];
  it.each(strangers)('refuses %s when given %j', (path, changes) => {
    expect(problems({ ...complete, ...changes })).toEqual([path]);
  });

  it('accepts a threshold that is never reached', () => {
    const never = { ...threshold, approve: 0, deny: 0 };
    expect(problems({ ...complete, thresholds: [never] })).toBeUndefined();
  });

  it('lets the relay name every field that it may cut, and those exist', () => {
    expect(problems({ ...complete, cut: [...CUTTABLE_FIELDS] })).toBeUndefined();
    expect(Object.keys(complete)).toEqual(expect.arrayContaining([...CUTTABLE_FIELDS]));
  });

  const otherDigests = [
    '',
    'g1:',
    `g1:${text(42)}`,
    `g1:${text(44)}`,
    `xg1:${text(43)}`,
    `g2:${text(43)}`,
    `g1:${text(42)}=`,
    text(46),
  ];
  it.each(otherDigests)('refuses %j as grantDigest', (grantDigest) => {
    expect(problems({ ...complete, grantDigest })).toEqual(['grantDigest']);
  });
  it.each(otherDigests.map((digest) => digest.replace('g', 's')))(
    'refuses %j as syncDigest',
    (syncDigest) => {
      expect(problems({ ...complete, syncDigest })).toEqual(['syncDigest']);
    },
  );

  it('does not take one digest for the other', () => {
    const { grantDigest, syncDigest } = complete;
    expect(problems({ ...complete, grantDigest: syncDigest, syncDigest: grantDigest })).toEqual([
      'grantDigest',
      'syncDigest',
    ]);
  });

  const timeFields: [path: string, make: (time: string) => Partial<RequestSnapshot>][] = [
    ['createdAt', (time) => ({ createdAt: time })],
    ['requestExpiresAt', (time) => ({ requestExpiresAt: time })],
    ['accessExpiresAt', (time) => ({ accessExpiresAt: time })],
    ['maxDurationUntil', (time) => ({ maxDurationUntil: time })],
    ['assumeStartAt', (time) => ({ assumeStartAt: time })],
    ['deletedAt', (time) => ({ deletedAt: time })],
    ['observedAt', (time) => ({ observedAt: time })],
    ['reviews.0.createdAt', (time) => ({ reviews: [{ ...review, createdAt: time }] })],
  ];
  it.each(timeFields)('wants UTC in %s', (path, make) => {
    expect(problems({ ...complete, ...make('2026-11-24T14:00:00.5Z') })).toBeUndefined();
    expect(problems({ ...complete, ...make('2026-11-24T15:00:00+01:00') })).toEqual([path]);
  });
});

describe('utcTime', () => {
  it.each(['2026-11-24T14:00:00Z', '2026-11-24T14:00:00.123Z', '2028-02-29T23:59:59Z'])(
    'accepts %s',
    (time) => {
      expect(utcTime.safeParse(time).success).toBe(true);
    },
  );

  it.each([
    '2026-11-24T14:00:00',
    '2026-11-24T14:00Z',
    '2026-11-24T14:00:00+00:00',
    '2026-11-24 14:00:00Z',
    '2026-11-24',
    '2026-02-29T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T14:00:00Z\n',
    '1795528800',
    '',
  ])('refuses %j', (time) => {
    expect(utcTime.safeParse(time).success).toBe(false);
  });
});

describe('toUtcSeconds', () => {
  it('cuts fractions of a second off and never rounds up', () => {
    expect(toUtcSeconds(new Date('2026-11-24T14:00:00.999Z'))).toBe('2026-11-24T14:00:00Z');
  });

  it('writes what utcTime accepts, naming the second that the moment lies in', () => {
    const moments = fc.date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const written = utcTime.parse(toUtcSeconds(moment));
        expect(Date.parse(written)).toBe(Math.floor(moment.getTime() / 1000) * 1000);
      }),
    );
  });
});
