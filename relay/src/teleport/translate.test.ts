import { AccessRequestSpecV3, AccessRequestV3, RequestState, UserV2, type DeepPartial } from './gen/types';
import { translateRequest, translateUser } from './translate';

const ID = '0193a1b2-0000-7000-8000-000000000001';
const CREATED = new Date('2026-11-24T14:00:00Z');
/** How an unset time of Go arrives. */
const YEAR_ONE = new Date(-62_135_596_800_000);

function message(
  spec: DeepPartial<NonNullable<AccessRequestV3['Spec']>> = {},
  expires?: Date,
): AccessRequestV3 {
  // Over the wire and back, so that what protobuf does to absent values is part of the test.
  const sent = AccessRequestV3.fromPartial({
    Kind: 'access_request',
    Metadata: { Name: ID, ...(expires === undefined ? {} : { Expires: expires }) },
    Spec: { User: 'alice', State: RequestState.PENDING, Created: CREATED, ...spec },
  });
  return AccessRequestV3.decode(AccessRequestV3.encode(sent).finish());
}

function translate(source: AccessRequestV3) {
  const result = translateRequest(source);
  if (!result.ok) throw new Error(result.reason);
  return result.request;
}

test('times of the year 1 and absent ones are undefined', () => {
  const request = translate(
    message({ MaxDuration: YEAR_ONE, AssumeStartTime: YEAR_ONE, ResourceExpiry: YEAR_ONE }),
  );
  expect(request).toMatchObject({ maxDurationUntil: undefined, assumeStartAt: undefined });
  expect(request.requestExpiresAt).toBeUndefined();
  expect(request.accessExpiresAt).toBeUndefined();
});

test("the request's own end is ResourceExpiry, on older servers the metadata's", () => {
  const older = new Date('2026-11-24T15:00:00Z');
  const newer = new Date('2026-11-24T16:00:00Z');
  expect(translate(message({ ResourceExpiry: newer }, older)).requestExpiresAt).toEqual(newer);
  expect(translate(message({}, older)).requestExpiresAt).toEqual(older);
  expect(translate(message({ ResourceExpiry: YEAR_ONE }, older)).requestExpiresAt).toEqual(older);
  expect(translate(message({ Expires: newer }, older)).accessExpiresAt).toEqual(newer);
});

describe('resources', () => {
  const node = { ClusterName: 'root', Kind: 'node', Name: 'n1' };

  test('of both lists are one, without the sentinel', () => {
    const sentinel = { ClusterName: '__SENTINEL__', Kind: 'node', Name: '__SENTINEL__' };
    const request = translate(
      message({
        RequestedResourceIDs: [sentinel],
        RequestedResourceAccessIDs: [
          { id: node, constraints: { version: 'v1', ssh: { logins: ['root'] } } },
          {
            id: { ...node, Kind: 'app' },
            constraints: { version: 'v1', aws_console: { role_arns: ['a', 'b'] } },
          },
        ],
      }),
    );
    expect(request.resources).toEqual([
      {
        cluster: 'root',
        kind: 'node',
        name: 'n1',
        constraints: '{"ssh":{"logins":["root"]},"version":"v1"}',
      },
      {
        cluster: 'root',
        kind: 'app',
        name: 'n1',
        constraints: '{"aws_console":{"role_arns":["a","b"]},"version":"v1"}',
      },
    ]);
  });

  test('that only look like the sentinel stay', () => {
    const likeSentinel = { ClusterName: 'root', Kind: 'node', Name: '__SENTINEL__' };
    expect(translate(message({ RequestedResourceIDs: [likeSentinel] })).resources).toHaveLength(1);
  });

  test('with and without constraints stay apart, equal ones are one', () => {
    const request = translate(
      message({
        RequestedResourceIDs: [node, node],
        RequestedResourceAccessIDs: [
          { id: node },
          { id: node, constraints: { version: 'v1', ssh: { logins: [] } } },
        ],
      }),
    );
    expect(request.resources).toEqual([
      { cluster: 'root', kind: 'node', name: 'n1' },
      { cluster: 'root', kind: 'node', name: 'n1', constraints: '{"ssh":{"logins":[]},"version":"v1"}' },
    ]);
  });

  test('constraints of an unknown sort are not taken for none', () => {
    const request = translate(
      message({ RequestedResourceAccessIDs: [{ id: node, constraints: { version: 'v9' } }] }),
    );
    expect(request.resources[0]?.constraints).toBe('{"unknown":true,"version":"v9"}');
  });

  test('with a sub-resource keep it', () => {
    const pod = { ClusterName: 'root', Kind: 'pod', Name: 'k', SubResourceName: 'ns/p' };
    expect(translate(message({ RequestedResourceIDs: [pod] })).resources[0]?.subResource).toBe('ns/p');
  });
});

test('reviews keep author, verdict, reason, time and what they count for; unresolved ones are none', () => {
  const review = {
    Author: 'bob',
    ProposedState: RequestState.APPROVED,
    Reason: 'ok',
    Created: CREATED,
    ThresholdIndexes: [1],
  };
  const request = translate(
    message({
      Reviews: [
        review,
        { ...review, Author: 'carol', ProposedState: RequestState.NONE },
        { ...review, Author: 'erin', ProposedState: RequestState.PROMOTED },
      ],
    }),
  );
  const same = { reason: 'ok', createdAt: '2026-11-24T14:00:00.000Z', countsFor: [1] };
  expect(request.reviews).toEqual([
    { author: 'bob', verdict: 'APPROVED', ...same },
    { author: 'erin', verdict: 'PROMOTED', ...same },
  ]);
});

test('thresholds, their sets by role, annotations and the access list', () => {
  const request = translate(
    message({
      State: RequestState.PROMOTED,
      Thresholds: [{ Name: 't', Filter: 'f', Approve: 2, Deny: 1 }],
      RoleThresholdMapping: { dba: { Sets: [{ Indexes: [0] }, { Indexes: [0, 1] }] } },
      ResolveAnnotations: { Values: { 'jira/decision': { Values: ['c:1:2'] } } },
      accessList: { Name: 'l', Title: 'List' },
    }),
  );
  expect(request.thresholds).toEqual([{ name: 't', filter: 'f', approve: 2, deny: 1 }]);
  expect([...request.roleThresholds]).toEqual([['dba', [[0], [0, 1]]]]);
  expect(request.resolveAnnotations.get('jira/decision')).toEqual(['c:1:2']);
  expect(request.promotedAccessList).toEqual({ name: 'l', title: 'List' });
  expect(request.state).toBe('PROMOTED');
});

test.each([
  ['no state', { State: RequestState.NONE }],
  ['a state of the future', { State: 9 }],
  ['no creation time', { Created: YEAR_ONE }],
])('a request with %s is not followed', (_name, spec) => {
  expect(translateRequest(message(spec))).toMatchObject({ ok: false, id: ID });
});

test('a request without name or content is not followed', () => {
  expect(translateRequest({ ...message(), Metadata: undefined })).toMatchObject({ ok: false, id: '' });
  expect(translateRequest({ ...message(), Spec: undefined })).toMatchObject({ ok: false, id: ID });
});

test.each([
  [0, 'UNDEFINED'],
  [1, 'SHORT_TERM'],
  [2, 'LONG_TERM'],
  [7, 'LONG_TERM'],
])('kind %d is %s', (kind, name) => {
  const request = message();
  const spec = AccessRequestSpecV3.encode(AccessRequestSpecV3.fromPartial(request.Spec ?? {})).finish();
  // Field 24 as a varint, whatever its number means to this version.
  const withKind = AccessRequestSpecV3.decode(Buffer.concat([spec, Buffer.from([0xc0, 0x01, kind])]));
  expect(translate({ ...request, Spec: withKind }).kind).toBe(name);
});

test('a user has traits', () => {
  const user = UserV2.fromPartial({
    Metadata: { Name: 'bob' },
    Spec: { Traits: { Values: { jira_account_id: { Values: ['1', '2'] } } } },
  });
  expect(translateUser(user)).toEqual({ name: 'bob', traits: new Map([['jira_account_id', ['1', '2']]]) });
  expect(translateUser(UserV2.fromPartial({}))).toEqual({ name: '', traits: new Map() });
});
