import { random } from '../../sandbox/jira/random';
import { slotOfState, slotOfStatus } from '../../src/domain/settings';
import type { RequestState } from '../../contract/access-request';
import { hasIssue, RETENTION_MS, type Link } from '../../src/domain/link';
import { APP_ACCOUNT, PROJECT, type FakeIssue } from '../support/fakes/jira-site';
import { fakeIssueSettings } from '../support/fakes/services';
import type { Life } from './actions';
import { LIST_EVERY_SECONDS, ModelWorld, type TrueRequest } from './model-world';

/** What is allowed to take its time: leases, searches, put-backs that wait ten minutes, outcomes that are waited for. */
const SETTLES_WITHIN_SECONDS = 4200;
const ROUND_SECONDS = LIST_EVERY_SECONDS + 20;
const SETTINGS = fakeIssueSettings();

/**
 * Lives a life, mends everything, lets lists and sweeps run, and tells what is still wrong then.
 *
 * @param fates counts how requests ended, and where.
 */
export async function live(life: Life, fates?: Map<string, number>): Promise<string[]> {
  // The relay's waits after failures are spread at random; the same life has to go the same way each time.
  const chance = jest.spyOn(Math, 'random').mockImplementation(random(1));
  const world = await ModelWorld.start(life.mode);
  try {
    for (const action of life.actions) await world.act(action);
    const problems = await settle(world);
    if (fates !== undefined)
      for (const fate of await fatesOf(world)) fates.set(fate, (fates.get(fate) ?? 0) + 1);
    return problems;
  } finally {
    world.end();
    chance.mockRestore();
  }
}

/** Mends everything and lets lists and sweeps run. @returns what is still wrong then. */
export async function settle(world: ModelWorld): Promise<string[]> {
  world.heal();
  let problems: string[] = ['never looked'];
  let quietRounds = 0;
  for (let passed = 0; passed < SETTLES_WITHIN_SECONDS && quietRounds < 2; passed += ROUND_SECONDS) {
    await world.pass(ROUND_SECONDS);
    await world.sweep(true);
    await world.pass(1);
    problems = await problemsOf(world);
    // What is right must stay right when everything is looked at once more.
    quietRounds = problems.length === 0 ? quietRounds + 1 : 0;
  }
  return problems;
}

/** How each request ended, and where that was decided. */
async function fatesOf(world: ModelWorld): Promise<string[]> {
  const { teleport, services } = world;
  const fates: string[] = [];
  for (const { request } of world.trueRequests()) {
    const link = await services.links.read(teleport.facts.name, request.id);
    if (link === undefined || !hasIssue(link)) fates.push('without an issue');
    else if (link.phase === 'detached') fates.push('detached');
    else if (link.state !== 'APPROVED' && link.state !== 'DENIED') fates.push(link.state);
    else {
      const isOurs =
        teleport.changes.some(({ id }) => id === request.id) ||
        teleport.reviews.some(({ id }) => id === request.id);
      fates.push(`${link.state} in ${isOurs ? 'Jira' : 'Teleport'}`);
    }
  }
  return fates;
}

/** What is wrong with a world in which nothing is on its way any more; empty when both sides agree and no rule was broken. */
export async function problemsOf(world: ModelWorld): Promise<string[]> {
  const problems = [...world.oracle.breaches];
  const made = new Map<string, FakeIssue[]>();
  for (const issue of world.services.site.issues.values()) {
    const id = issue.property?.requestId;
    if (issue.creator === APP_ACCOUNT && id !== undefined) made.set(id, [...(made.get(id) ?? []), issue]);
  }
  for (const truth of world.trueRequests())
    problems.push(...(await problemsOfRequest(world, truth, made.get(truth.request.id) ?? [])));
  for (const id of world.clones) problems.push(...problemsOfClone(world, id));
  for (const relay of world.relays)
    if (relay.waiting > 0) problems.push(`${relay.waiting} requests wait in a relay`);
  return problems;
}

async function problemsOfRequest(
  world: ModelWorld,
  truth: TrueRequest,
  made: readonly FakeIssue[],
): Promise<string[]> {
  const { services, teleport, takenAway } = world;
  const { request, removedAt } = truth;
  const cluster = teleport.facts.name;
  const link = await services.links.read(cluster, request.id);
  const state = expectedState(world, truth, link);
  const problems: string[] = [];
  const wrong = (text: string): void => void problems.push(`${request.id.slice(0, 8)} (${state}): ${text}`);

  if ((await services.decisions.read(cluster, request.id)) !== undefined) wrong('a decision is left');
  if (link === undefined) {
    if (removedAt === undefined) wrong('no link');
    const isForgotten = removedAt !== undefined && services.now() - removedAt > RETENTION_MS;
    if (made.length > 0 && !isForgotten) wrong(`${made.length} issues without a link`);
    return problems;
  }
  if (!hasIssue(link)) {
    wrong(`the link is ${link.phase}`);
    return problems;
  }
  for (const other of made)
    if (other.id !== link.issue.id && !takenAway.has(other.id)) problems.push(...problemsOfDouble(other));
  const issue = services.site.issues.get(link.issue.id);
  const isTaken = takenAway.has(link.issue.id);
  if (link.phase === 'detached' || isTaken) {
    if (!isTaken) wrong('detached, although nobody took the issue away');
    if (issue === undefined && link.phase !== 'detached') wrong('linked to an issue that is gone');
    return problems;
  }
  if (issue === undefined) {
    wrong('linked to nothing');
    return problems;
  }
  if (link.syncDigest === '' || link.failure !== undefined)
    wrong(`not in step: ${link.failure?.code ?? 'unfinished'}`);
  if (link.state !== state) wrong(`the link says ${link.state}`);
  problems.push(...problemsOfCard(issue, state));
  const shown = await services.links.readSnapshot(cluster, request.id);
  if (shown?.state !== state) wrong(`the snapshot says ${String(shown?.state)}`);
  return problems;
}

/** What a request is to be shown as. What happened while no relay looked, before it was removed, nobody can know any more. */
function expectedState(
  world: ModelWorld,
  { request, removedAt, earlier }: TrueRequest,
  link: Link | undefined,
): RequestState {
  const { requestExpiresAt } = request;
  const isPast =
    requestExpiresAt !== undefined && world.services.now() >= requestExpiresAt.getTime() + 60_000;
  if (request.state === 'PENDING') return removedAt !== undefined || isPast ? 'EXPIRED' : 'PENDING';
  const known = link !== undefined && hasIssue(link) ? link.state : undefined;
  const isUnheard = removedAt !== undefined && known !== undefined && earlier.has(known);
  return isUnheard ? known : request.state;
}

/** Words with which the app says how a request ended. */
const ENDS = {
  APPROVED: 'Approved',
  DENIED: 'Denied',
  EXPIRED: 'Expired',
  PROMOTED: 'Promoted',
  PENDING: undefined,
};

function problemsOfCard(issue: FakeIssue, state: keyof typeof ENDS): string[] {
  const problems: string[] = [];
  const slot = slotOfStatus(SETTINGS, issue.statusId);
  const wrong = (text: string): void => void problems.push(`${issue.key} (${state}): ${text}`);
  // A status without meaning is where people may leave a card.
  const isLeftByPerson = slot === undefined && issue.moves.at(-1)?.accountId !== APP_ACCOUNT;
  if (slot !== slotOfState(state) && !isLeftByPerson) wrong(`the card is in ${slot ?? 'no slot'}`);
  const said = issue.comments.filter(({ accountId }) => accountId === APP_ACCOUNT).map(({ text }) => text);
  const moves = issue.moves.filter(({ accountId }) => accountId !== APP_ACCOUNT).length;
  const putBacks = said.filter((text) => /^(?:Put back|Not a decision)/.test(text));
  // One move may be refused for two reasons, one after the other, when the first refusal was broken off.
  for (const text of new Set(putBacks)) {
    const times = putBacks.filter((each) => each === text).length;
    if (times > moves) wrong(`says ${times} times of ${moves} moves: ${text}`);
  }
  const others = said.filter((text) => !putBacks.includes(text));
  if (new Set(others).size !== others.length) wrong(`says something twice: ${JSON.stringify(others)}`);
  const end = ENDS[state];
  const ends = Object.values(ENDS).filter(
    (word) => word !== undefined && others.some((text) => text.startsWith(word)),
  );
  if (end !== undefined && !ends.includes(end)) wrong(`does not say ${end}: ${JSON.stringify(said)}`);
  if (end === undefined && ends.length > 0) wrong(`says ${ends.join()}`);
  return problems;
}

/** An issue of an attempt whose outcome came too late is closed, says so once, and is not in the way. */
function problemsOfDouble({ key, statusId, comments, projectId }: FakeIssue): string[] {
  const said = comments.filter(({ accountId }) => accountId === APP_ACCOUNT);
  const isClosed =
    slotOfStatus(SETTINGS, statusId) === 'expired' &&
    said.length === 1 &&
    said[0]?.text.includes('is a double') === true;
  return isClosed || projectId !== PROJECT
    ? []
    : [`${key}: a double that is open: ${JSON.stringify(said.map(({ text }) => text))}`];
}

function problemsOfClone(world: ModelWorld, issueId: string): string[] {
  const issue = world.services.site.issues.get(issueId);
  if (issue === undefined) return [];
  const touched = issue.comments.length > 0 || issue.moves.some(({ accountId }) => accountId === APP_ACCOUNT);
  return touched ? [`the clone ${issue.key} was touched`] : [];
}
