import { status } from '@grpc/grpc-js';
import {
  AccessRequestV3,
  AccessReview,
  RequestState,
  type AccessRequestSpecV3,
  type DeepPartial,
} from '../../relay/src/teleport/gen/types';
import { SandboxClock } from '../clock';
import { DEFAULT_ROLES, defaultUsers, type SimulatedRole } from './cast';
import { Cluster, TeleportError, type ClusterEvent } from './cluster';

const HOUR = 3_600_000;

let clock: SandboxClock;
let cluster: Cluster;
let events: ClusterEvent[];
beforeEach(() => setUp());

function setUp(hasReviews = true, roles: Record<string, SimulatedRole> = {}, pendingTtlMs?: number): void {
  clock = new SandboxClock();
  const cast = { users: defaultUsers(), roles: { ...DEFAULT_ROLES, ...roles } };
  cluster = new Cluster('root', clock, cast, hasReviews, pendingTtlMs);
  events = [];
  cluster.events.on('event', (event) => events.push(event));
}

function create(roles: string[], spec: DeepPartial<AccessRequestSpecV3> = {}, user = 'alice'): string {
  const message = AccessRequestV3.fromPartial({ Kind: 'access_request', Spec: { Roles: roles, ...spec } });
  return cluster.create(user, message).Metadata?.Name ?? '';
}

function review(user: string, id: string, verdict: RequestState, reason = ''): RequestState {
  const message = AccessReview.fromPartial({ Author: user, ProposedState: verdict, Reason: reason });
  return cluster.review(user, id, message).Spec?.State ?? RequestState.NONE;
}

function set(
  user: string,
  id: string,
  state: RequestState,
  change: { Roles?: string[]; Reason?: string } = {},
): void {
  cluster.setState(user, {
    ID: id,
    State: state,
    Delegator: '',
    Reason: '',
    Annotations: undefined,
    Roles: [],
    ...change,
  });
}

const stateOf = (id: string): RequestState => cluster.get(id).Spec?.State ?? RequestState.NONE;

function refusal(act: () => unknown): status {
  try {
    act();
  } catch (error) {
    if (error instanceof TeleportError) return error.code;
    throw error;
  }
  return status.OK;
}

const { APPROVED, DENIED, PENDING, PROMOTED, NONE } = RequestState;

describe('creation', () => {
  test('sorts roles, takes doubles out, names thresholds and reviewers', () => {
    const spec = cluster.get(create(['editor', 'auditor', 'editor'])).Spec;
    expect(spec).toMatchObject({
      User: 'alice',
      Roles: ['auditor', 'editor'],
      State: PENDING,
      SuggestedReviewers: ['bob', 'carol'],
      Thresholds: [{ Name: 'default', Approve: 1, Deny: 1 }],
    });
  });

  test('for resources gives the roles that may search for them', () => {
    const node = { ClusterName: 'root', Kind: 'node', Name: 'n1' };
    expect(cluster.get(create([], { RequestedResourceIDs: [node] })).Spec?.Roles).toEqual([
      'production-access',
    ]);
  });

  test('for constrained resources puts the sentinel into the old list', () => {
    const id = { ClusterName: 'root', Kind: 'node', Name: 'n1' };
    const constraints = { version: 'v1', ssh: { logins: ['root'] } };
    const spec = cluster.get(create([], { RequestedResourceAccessIDs: [{ id, constraints }] })).Spec;
    expect(spec?.RequestedResourceIDs).toMatchObject([{ ClusterName: '__SENTINEL__', Name: '__SENTINEL__' }]);
    expect(spec?.RequestedResourceAccessIDs).toHaveLength(1);
  });

  test.each<[string, () => unknown, status]>([
    ['a role that the user may not request', () => create(['admin']), status.INVALID_ARGUMENT],
    ['nothing', () => create([]), status.INVALID_ARGUMENT],
    ['for somebody else', () => create(['editor'], { User: 'bob' }), status.PERMISSION_DENIED],
    [
      'a reason over 4,096 bytes',
      () => create(['editor'], { RequestReason: 'é'.repeat(2049) }),
      status.INVALID_ARGUMENT,
    ],
    [
      'more than 300 resources',
      () => create([], { RequestedResourceIDs: Array.from({ length: 301 }, () => ({ Kind: 'node' })) }),
      status.INVALID_ARGUMENT,
    ],
  ])('refuses %s', (_name, act, code) => {
    expect(refusal(act)).toBe(code);
    expect(events).toHaveLength(0);
  });

  test('a dry run is neither stored nor told', () => {
    expect(refusal(() => cluster.get(create(['editor'], { DryRun: true })))).toBe(status.NOT_FOUND);
    expect(events).toHaveLength(0);
  });

  test('access lasts 12 hours unless asked otherwise, 14 days at most, and a request waits no longer', () => {
    const end = (spec?: DeepPartial<AccessRequestSpecV3>) => {
      const request = cluster.get(create(['editor'], spec));
      const created = request.Spec?.Created?.getTime() ?? 0;
      return [request.Spec?.Expires, request.Spec?.ResourceExpiry].map(
        (time) => ((time?.getTime() ?? 0) - created) / HOUR,
      );
    };
    expect(end()).toEqual([12, 12]);
    const [access, pending] = end({ MaxDuration: new Date(clock.now() + 1000 * HOUR) });
    expect([access, pending]).toEqual([14 * 24, 7 * 24]);
  });
});

describe('set state', () => {
  test('ignores thresholds, adds no review and overwrites the reason', () => {
    const id = create(['dba']);
    set('admin', id, APPROVED, { Reason: 'now' });
    expect(cluster.get(id).Spec).toMatchObject({ State: APPROVED, ResolveReason: 'now', Reviews: [] });
  });

  test('denied is final, approved is not', () => {
    const id = create(['editor']);
    set('admin', id, APPROVED);
    set('admin', id, DENIED);
    expect(refusal(() => set('admin', id, APPROVED))).toBe(status.INVALID_ARGUMENT);
    set('admin', id, DENIED);
    expect(stateOf(id)).toBe(DENIED);
  });

  test('approval lets the object live as long as the access', () => {
    setUp(true, {}, HOUR);
    const id = create(['editor']);
    const before = cluster.get(id);
    set('admin', id, APPROVED);
    expect(before.Spec?.ResourceExpiry).not.toEqual(before.Spec?.Expires);
    expect(cluster.get(id).Metadata?.Expires).toEqual(before.Spec?.Expires);
    expect(cluster.get(id).Spec?.ResourceExpiry).toEqual(before.Spec?.Expires);
  });

  test.each<[string, (id: string) => void, status]>([
    ['without the right', (id) => set('bot-jira-relay-observe', id, DENIED), status.PERMISSION_DENIED],
    ['of an unknown request', () => set('admin', 'none', DENIED), status.NOT_FOUND],
    ['to PENDING', (id) => set('admin', id, PENDING), status.INVALID_ARGUMENT],
    ['to NONE', (id) => set('admin', id, NONE), status.INVALID_ARGUMENT],
    ['to PROMOTED', (id) => set('admin', id, PROMOTED), status.INVALID_ARGUMENT],
    [
      'with a reason over 4,096 bytes',
      (id) => set('admin', id, DENIED, { Reason: 'x'.repeat(4097) }),
      status.INVALID_ARGUMENT,
    ],
    [
      'with roles that were not asked for',
      (id) => set('admin', id, APPROVED, { Roles: ['dba'] }),
      status.INVALID_ARGUMENT,
    ],
  ])('is refused %s', (_name, act, code) => {
    const id = create(['editor']);
    expect(refusal(() => act(id))).toBe(code);
    expect(stateOf(id)).toBe(PENDING);
  });

  test('is refused on the own request, and on a promoted one', () => {
    cluster.users['admin'] = { roles: ['admin', 'requester'] };
    const own = create(['editor'], {}, 'admin');
    expect(refusal(() => set('admin', own, APPROVED))).toBe(status.PERMISSION_DENIED);
    const promoted = create(['editor']);
    cluster.tamper(promoted, { State: PROMOTED });
    expect(refusal(() => set('admin', promoted, DENIED))).toBe(status.INVALID_ARGUMENT);
  });
});

describe('reviews', () => {
  test('the default threshold: one approves, one denies', () => {
    expect(review('bob', create(['editor']), APPROVED)).toBe(APPROVED);
    expect(review('bob', create(['editor']), DENIED)).toBe(DENIED);
  });

  test('two are needed where the threshold says two; the last reason is kept', () => {
    const id = create(['dba']);
    expect(review('bob', id, APPROVED, 'first')).toBe(PENDING);
    expect(review('carol', id, APPROVED, 'second')).toBe(APPROVED);
    expect(cluster.get(id).Spec?.ResolveReason).toBe('second');
  });

  test('one denial is enough where the threshold says one', () => {
    const id = create(['dba']);
    review('bob', id, APPROVED);
    expect(review('carol', id, DENIED)).toBe(DENIED);
  });

  test('only those whom the filter names count', () => {
    const id = create(['payments']);
    expect(review('bob', id, APPROVED)).toBe(PENDING);
    expect(review('carol', id, APPROVED)).toBe(APPROVED);
  });

  test('every role must be approved', () => {
    const id = create(['editor', 'dba']);
    expect(review('bob', id, APPROVED)).toBe(PENDING);
    expect(review('carol', id, APPROVED)).toBe(APPROVED);
  });

  test('every set of a role needs one of its thresholds, and a count of zero is never reached', () => {
    const both = {
      roles: ['dba'],
      thresholds: [
        { approve: 0, deny: 0 },
        { approve: 2, deny: 0 },
      ],
    };
    setUp(true, { requester: { request: both }, 'production-requester': { request: { roles: ['dba'] } } });
    const id = create(['dba']);
    expect(cluster.get(id).Spec?.RoleThresholdMapping['dba']?.Sets.map((one) => one.Indexes)).toEqual([
      [0, 1],
      [2],
    ]);
    expect(review('bob', id, APPROVED)).toBe(PENDING);
    expect(review('carol', id, APPROVED)).toBe(APPROVED);
    const never = create(['dba']);
    cluster.tamper(never, {
      Thresholds: [{ Name: '', Filter: '', Approve: 0, Deny: 0 }],
      RoleThresholdMapping: { dba: { Sets: [{ Indexes: [0] }] } },
    });
    expect(review('bob', never, DENIED)).toBe(PENDING);
    expect(review('carol', never, APPROVED)).toBe(PENDING);
  });

  test.each<[string, (id: string) => unknown, status]>([
    ['of the own request', (id) => review('alice', id, APPROVED), status.PERMISSION_DENIED],
    ['without a role that may', (id) => review('bot-jira-relay', id, APPROVED), status.PERMISSION_DENIED],
    ['to another state', (id) => review('bob', id, PROMOTED), status.INVALID_ARGUMENT],
    [
      'with a reason over 4,096 bytes',
      (id) => review('bob', id, APPROVED, 'x'.repeat(4097)),
      status.INVALID_ARGUMENT,
    ],
    [
      "in another's name",
      (id) =>
        cluster.review('bob', id, AccessReview.fromPartial({ Author: 'carol', ProposedState: APPROVED })),
      status.INVALID_ARGUMENT,
    ],
    ['of an unknown request', () => review('bob', 'none', APPROVED), status.NOT_FOUND],
  ])('are refused %s', (_name, act, code) => {
    const id = create(['dba']);
    expect(refusal(() => act(id))).toBe(code);
    expect(cluster.get(id).Spec?.Reviews).toEqual([]);
  });

  test('come once from each author, and not after the end', () => {
    const id = create(['dba']);
    review('bob', id, APPROVED);
    expect(refusal(() => review('bob', id, DENIED))).toBe(status.ALREADY_EXISTS);
    review('carol', id, APPROVED);
    cluster.users['erin'] = { roles: ['reviewer'] };
    expect(refusal(() => review('erin', id, DENIED))).toBe(status.PERMISSION_DENIED);
  });

  test('do not exist in the open-source edition, nor do thresholds other than the default', () => {
    setUp(false);
    const id = create(['dba']);
    expect(cluster.get(id).Spec?.Thresholds).toMatchObject([{ Name: 'default' }]);
    expect(refusal(() => review('bob', id, APPROVED))).toBe(status.UNIMPLEMENTED);
  });
});

describe('the end of a request', () => {
  const filter = { ID: '', User: '', State: NONE, SearchKeywords: [], Scope: 0, Requester: '' };

  test('leaves it out of lists at once, while it is still read by its id', () => {
    const id = create(['editor']);
    clock.move(12 * HOUR + 1000);
    expect(cluster.list(filter)).toEqual([]);
    expect(cluster.list({ ...filter, ID: id })).toHaveLength(1);
    expect(stateOf(id)).toBe(PENDING);
  });

  test('removes it only with the sweep, a pending one after some grace; watchers learn the id alone', () => {
    const pending = create(['editor']);
    const approved = create(['editor']);
    set('admin', approved, APPROVED);
    events = [];
    clock.move(12 * HOUR + 20_000);
    cluster.sweep();
    expect(events).toEqual([{ type: 'delete', id: approved }]);
    clock.move(30_000);
    cluster.sweep();
    expect(events).toEqual([
      { type: 'delete', id: approved },
      { type: 'delete', id: pending },
    ]);
    expect(cluster.audit.at(-1)).toMatchObject({ type: 'access_request.expire', id: pending });
    expect(refusal(() => cluster.get(pending))).toBe(status.NOT_FOUND);
  });

  test('takes at most 120 with one sweep', () => {
    for (let i = 0; i < 121; i += 1) create(['editor']);
    clock.move(13 * HOUR);
    events = [];
    cluster.sweep();
    expect(events).toHaveLength(120);
    cluster.sweep();
    expect(events).toHaveLength(121);
  });
});

test('lists are filtered by user and state and sorted by name', () => {
  const mine = create(['editor']);
  const other = create(['editor'], {}, 'bob');
  set('admin', other, DENIED);
  const filter = { ID: '', User: '', State: NONE, SearchKeywords: [], Scope: 0, Requester: '' };
  const names = (change: object) =>
    cluster.list({ ...filter, ...change }).map((request) => request.Metadata?.Name);
  expect(names({})).toEqual([mine, other].sort());
  expect(names({ User: 'bob' })).toEqual([other]);
  expect(names({ State: PENDING })).toEqual([mine]);
});

test('a restored backup holds what was there then', () => {
  const id = create(['editor']);
  const restore = cluster.snapshot();
  set('admin', id, APPROVED);
  restore();
  expect(stateOf(id)).toBe(PENDING);
});
