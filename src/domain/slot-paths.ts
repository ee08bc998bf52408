import { SLOTS, type Slot } from './settings';

/** Whether the app gets from one slot to another by one transition. */
export interface SlotPath {
  from: Slot;
  to: Slot;
  reachable: 'yes' | 'no' | 'unknown';
}

/** Transitions that are known to lead out of a status, by status id; a status that is not in it is not known. */
export type KnownWays = ReadonlyMap<string, readonly { to: string; isSure: boolean }[]>;

/** The paths between all slots. From a slot of several statuses a path is sure only when it leads out of each of them. */
export function slotPaths(slots: Readonly<Record<Slot, readonly string[]>>, ways: KnownWays): SlotPath[] {
  return SLOTS.flatMap((from) =>
    SLOTS.filter((to) => to !== from).map((to) => ({
      from,
      to,
      reachable: worst(slots[from].map((statusId) => reach(ways.get(statusId), slots[to]))),
    })),
  );
}

function reach(
  ways: readonly { to: string; isSure: boolean }[] | undefined,
  wanted: readonly string[],
): SlotPath['reachable'] {
  if (ways === undefined) return 'unknown';
  const leading = ways.filter(({ to }) => wanted.includes(to));
  if (leading.some(({ isSure }) => isSure)) return 'yes';
  return leading.length > 0 ? 'unknown' : 'no';
}

function worst(all: readonly SlotPath['reachable'][]): SlotPath['reachable'] {
  if (all.includes('no')) return 'no';
  return all.length === 0 || all.includes('unknown') ? 'unknown' : 'yes';
}

/** Outcomes to which everybody who may move issues gets from pending, since no condition keeps anybody from it. */
export function openOutcomes(
  slots: Readonly<Record<Slot, readonly string[]>>,
  transitions: readonly {
    from: readonly string[] | undefined;
    to: string;
    isInitial: boolean;
    isGuarded: boolean;
  }[],
): ('approved' | 'denied')[] {
  return (['approved', 'denied'] as const).filter((outcome) =>
    transitions.some(
      ({ from, to, isInitial, isGuarded }) =>
        !isInitial &&
        !isGuarded &&
        slots[outcome].includes(to) &&
        (from === undefined || from.some((statusId) => slots.pending.includes(statusId))),
    ),
  );
}

/** What missing paths mean for the people who use the board, in plain words. */
export function pathWarnings(paths: readonly SlotPath[]): string[] {
  const lacks = (from: Slot, to: Slot) =>
    paths.some((path) => path.from === from && path.to === to && path.reachable === 'no');
  const ends = ['approved', 'denied', 'expired'] as const;
  const unreachable = ends.filter((to) => lacks('pending', to));
  const oneWay = ends.filter((from) => lacks(from, 'pending'));
  return [
    ...unreachable.map(
      (to) =>
        `The app has no transition from pending to ${to}, so such requests cannot be shown there. Add one to the workflow.`,
    ),
    ...oneWay.map(
      (from) =>
        `There is no way back from ${from} to pending, so a card that was moved there without right is left, with a comment.`,
    ),
  ];
}
