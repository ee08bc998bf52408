import fc from 'fast-check';

/** Who does something in Jira. The linked requester is an approver, too, and `alice` in Teleport. */
export const ACCOUNTS = ['approver', 'member', 'requester', 'outsider', 'automation'] as const;
export type Account = (typeof ACCOUNTS)[number];

/** Where a card may be put: the four slots, and two statuses without meaning. */
export const PLACES = ['pending', 'approved', 'denied', 'expired', 'backlog', 'review'] as const;
export type Place = (typeof PLACES)[number];

/** What becomes of the event of a change in Jira. Late ones come in the end, the newest first. */
export const EVENT_FATES = ['once', 'twice', 'late', 'lost'] as const;
export type EventFate = (typeof EVENT_FATES)[number];

/** Calls of the app to Jira that can go wrong. */
const JIRA_CALLS = [
  'create',
  'read',
  'sayAndMark',
  'addComment',
  'transitions',
  'transition',
  'setProperty',
  'edit',
  'linkToTeleport',
  'findByRequest',
  'findMisplaced',
  'statuses',
  'readAccount',
] as const;

/**
 * One thing that happens. Requests, issues and relays are named by small numbers that count around what is there, so that any
 * list of actions means something, and so does what is left of it when it is made shorter.
 */
export type Action =
  | { do: 'create'; user: 'alice' | 'dave'; expiresAfterMinutes: number }
  | { do: 'review'; request: number; verdict: 'APPROVED' | 'DENIED' }
  | { do: 'set state'; request: number; state: 'APPROVED' | 'DENIED' }
  | { do: 'remove'; request: number }
  | { do: 'move'; issue: number; to: Place; by: Account; event: EventFate }
  | { do: 'press'; issue: number; verdict: 'approve' | 'deny'; by: Account }
  | { do: 'edit'; issue: number; by: Account }
  | { do: 'delete issue'; issue: number; event: EventFate }
  | { do: 'move issue away'; issue: number; by: Account; event: EventFate }
  | { do: 'clone'; issue: number; by: Account; event: EventFate }
  | { do: 'leave group' }
  | { do: 'join group' }
  | { do: 'kill relay'; relay: 0 | 1 }
  | { do: 'stop relay'; relay: 0 | 1 }
  | { do: 'start relay'; relay: 0 | 1 }
  | { do: 'restart both relays' }
  | { do: 'kill app'; afterEffects: number }
  | { do: 'Jira fails'; call: (typeof JIRA_CALLS)[number]; how: 'before' | 'after' | 'rate limited' }
  | { do: 'calls fail'; how: 'request lost' | 'answer lost' | 'doubled'; calls: number }
  | { do: 'Teleport fails'; calls: number }
  | { do: 'Teleport does not answer writes'; calls: number }
  | { do: 'stream ends' }
  | { do: 'stream hides events'; events: number }
  | { do: 'lists lag'; seconds: number }
  | { do: 'clock jumps'; relay: 0 | 1; seconds: number }
  | { do: 'late events come' }
  | { do: 'sweep'; all: boolean }
  | { do: 'time passes'; seconds: number };

const nth = fc.nat({ max: 3 });
/** Mostly people who may decide, since refusals are quickly told. */
const account = fc.oneof(
  { weight: 7, arbitrary: fc.constantFrom<Account>('approver', 'member') },
  { weight: 3, arbitrary: fc.constantFrom(...ACCOUNTS) },
);
const place = fc.oneof(
  { weight: 7, arbitrary: fc.constantFrom<Place>('approved', 'denied') },
  { weight: 4, arbitrary: fc.constantFrom(...PLACES) },
);
const relay = fc.constantFrom(0 as const, 1 as const);
const event = fc.oneof(
  { weight: 4, arbitrary: fc.constant('once' as const) },
  { weight: 3, arbitrary: fc.constantFrom('twice' as const, 'late' as const, 'lost' as const) },
);
const act = <T extends Action>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<Action> => ({
  weight,
  arbitrary,
});
const is = <T extends string>(name: T) => fc.constant(name);

const anyCreation = fc.record({
  do: is('create'),
  user: fc.constantFrom('alice' as const, 'dave' as const),
  expiresAfterMinutes: fc.constantFrom(2, 20, 120, 120),
});

/** Any one thing that may happen to requests, issues, relays, app, network and clocks. */
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  act(2, anyCreation),
  act(3, fc.record({ do: is('review'), request: nth, verdict: fc.constantFrom('APPROVED', 'DENIED') })),
  act(2, fc.record({ do: is('set state'), request: nth, state: fc.constantFrom('APPROVED', 'DENIED') })),
  act(1, fc.record({ do: is('remove'), request: nth })),
  act(8, fc.record({ do: is('move'), issue: nth, to: place, by: account, event })),
  act(
    4,
    fc.record({ do: is('press'), issue: nth, verdict: fc.constantFrom('approve', 'deny'), by: account }),
  ),
  act(1, fc.record({ do: is('edit'), issue: nth, by: account })),
  act(1, fc.record({ do: is('delete issue'), issue: nth, event })),
  act(1, fc.record({ do: is('move issue away'), issue: nth, by: account, event })),
  act(1, fc.record({ do: is('clone'), issue: nth, by: account, event })),
  act(1, fc.record({ do: is('leave group') })),
  act(1, fc.record({ do: is('join group') })),
  act(2, fc.record({ do: is('kill relay'), relay })),
  act(1, fc.record({ do: is('stop relay'), relay })),
  act(3, fc.record({ do: is('start relay'), relay })),
  act(2, fc.record({ do: is('restart both relays') })),
  act(4, fc.record({ do: is('kill app'), afterEffects: fc.nat({ max: 8 }) })),
  act(
    3,
    fc.record({
      do: is('Jira fails'),
      call: fc.constantFrom(...JIRA_CALLS),
      how: fc.constantFrom('before', 'after', 'rate limited'),
    }),
  ),
  act(
    2,
    fc.record({
      do: is('calls fail'),
      how: fc.constantFrom('request lost', 'answer lost', 'doubled'),
      calls: fc.integer({ min: 1, max: 4 }),
    }),
  ),
  act(1, fc.record({ do: is('Teleport fails'), calls: fc.integer({ min: 1, max: 4 }) })),
  act(1, fc.record({ do: is('Teleport does not answer writes'), calls: fc.integer({ min: 1, max: 2 }) })),
  act(1, fc.record({ do: is('stream ends') })),
  act(1, fc.record({ do: is('stream hides events'), events: fc.integer({ min: 1, max: 3 }) })),
  act(1, fc.record({ do: is('lists lag'), seconds: fc.constantFrom(5, 60) })),
  act(1, fc.record({ do: is('clock jumps'), relay, seconds: fc.constantFrom(-900, -120, 120, 900) })),
  act(1, fc.record({ do: is('late events come') })),
  act(2, fc.record({ do: is('sweep'), all: fc.boolean() })),
  act(8, fc.record({ do: is('time passes'), seconds: fc.constantFrom(1, 16, 70, 400, 1000) })),
);

/** How a life begins: what the relay does with decisions. */
export type Mode = 'set-state' | 'review-as-bot' | 'observe';

/** A life: how the relay is set up, and what happens one after the other. */
export interface Life {
  mode: Mode;
  actions: readonly Action[];
}

/** Any life; each begins with requests, since nothing happens without one. */
export const anyLife: fc.Arbitrary<Life> = fc.record({
  mode: fc.oneof(
    { weight: 6, arbitrary: is('set-state') },
    { weight: 2, arbitrary: is('review-as-bot') },
    { weight: 1, arbitrary: is('observe') },
  ),
  actions: fc
    .tuple(
      fc.array(anyCreation, { minLength: 1, maxLength: 3 }),
      fc.array(anyAction, { minLength: 1, maxLength: 20, size: 'max' }),
    )
    .map(([creations, others]) => [...creations, ...others]),
});
