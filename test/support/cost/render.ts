import type { IdleDay } from './days';
import type { Cost, Life } from './measure';

interface Measured {
  lives: Readonly<Record<Life, Cost>>;
  idle: IdleDay;
  assumedMs: { jira: number; store: number };
}

/** What each call is for. */
const PURPOSES: Readonly<Record<string, string>> = {
  'POST issue': 'makes the issue with its property, labels and due date',
  'GET issue/{issueIdOrKey}':
    'reads the issue with history and comments: after it was made, when its card moved, and again when the decision is handed out',
  'PUT issue/{issueIdOrKey}': 'says how the request ended, marks the issue, and reads it back, in one call',
  'GET issue/{issueIdOrKey}/transitions': 'finds the transition to the status',
  'POST issue/{issueIdOrKey}/transitions': 'moves the card, with resolution and property',
  'POST issue/{issueIdOrKey}/watchers': 'lets a linked requester or suggested reviewer watch',
  'POST issue/{issueIdOrKey}/remotelink': 'links to Teleport; at the end, marks the link as resolved',
  'GET user':
    'whether who moved the card is an active human and an approver, checked when the card moved and again when the decision is handed out',
  'POST search/jql': 'looks for cards that moved although no event came',
  'POST issue/bulkfetch': 'statuses of all linked issues at once',
};

/** docs/cost.md. */
export function renderCosts({ lives, idle, assumedMs }: Measured): string {
  return [
    '# What it costs',
    '',
    'Written by `npm run cost`, which runs the unmodified app and relay in the sandbox and counts. Do not edit by hand.',
    '',
    'Jira gives an app 65,000 points an hour for all sites together (or more for one site, by Atlassian’s review). A write costs 1 point, a read 1 and 1 more for each issue, 2 more for each account. Forge counts key-value units of 10 KB and GB-seconds: memory (0.25 GB) times run time.',
    '',
    '## A request',
    '',
    ...Object.entries(lives).flatMap(([life, cost]) => renderLife(life, cost)),
    'Beside these: two more (`GET` and `POST` of transitions) where new issues do not start in the pending status, and one `GET` of comments with one `DELETE` in the rare case that two invocations said the same. In a service project the end is told by a comment of its own, since only that can be internal: two calls more. Reviews cost nothing extra when they come with the end of the request, otherwise two calls for each delivery of them. A function that starts cold reads the app’s own account and the site’s address from the key-value store; Jira is asked for them once a day.',
    '',
    '## An idle day',
    '',
    'Without any request: the relay’s hellos, its comparisons of lists, the sweep every five minutes and the daily one.',
    '',
    '| | per day |',
    '| --- | --- |',
    ...idleRows(idle),
    '',
    '## How run time is counted',
    '',
    `The sandbox has no network to wait for. So the time that a function itself takes is measured, and ${assumedMs.jira} ms for each call of Jira and ${assumedMs.store} ms for each call of the store are added.`,
    '',
  ].join('\n');
}

function renderLife(life: string, cost: Cost): string[] {
  const points = cost.jiraCalls.reduce((sum, call) => sum + call.points, 0);
  return [
    `### ${life.charAt(0).toUpperCase()}${life.slice(1)}`,
    '',
    '| | Call of Jira | Points | For what |',
    '| --- | --- | --- | --- |',
    ...cost.jiraCalls.map(
      ({ name, points: each }, index) => `| ${index + 1} | \`${name}\` | ${each} | ${PURPOSES[name] ?? ''} |`,
    ),
    '',
    `**${cost.jiraCalls.length} calls, ${points} points${watchersOf(cost)}.** Invocations: ${invocationsOf(cost)}. Key-value store: ${cost.kvs.readUnits} read units, ${cost.kvs.writeUnits} write units. Run time: ${cost.gbSeconds.toFixed(2)} GB-seconds.`,
    '',
  ];
}

/** Watchers are as many as an administrator linked, so they are told apart from what every request costs. */
function watchersOf({ jiraCalls }: Cost): string {
  const watchers = jiraCalls.filter(({ name }) => name.endsWith('/watchers')).length;
  return watchers === 0 ? '' : `, of which ${watchers} calls and points for people who watch`;
}

function invocationsOf({ invocations }: Cost): string {
  const named = Object.entries(invocations).map(([name, count]) => `${count} × \`${name}\``);
  return named.length === 0 ? 'none' : named.join(', ');
}

function idleRows({ watched, times, daily }: IdleDay): string[] {
  const perDay = (pick: (cost: Cost) => number, digits = 0) =>
    (pick(watched) * times + pick(daily)).toFixed(digits);
  const names = [...new Set([...Object.keys(watched.invocations), ...Object.keys(daily.invocations)])].sort();
  return [
    `| calls of Jira | ${perDay(({ jiraCalls }) => jiraCalls.length)} |`,
    `| points | ${perDay(({ jiraCalls }) => jiraCalls.reduce((sum, call) => sum + call.points, 0))} |`,
    ...names.map(
      (name) => `| runs of \`${name}\` | ${perDay(({ invocations }) => invocations[name] ?? 0)} |`,
    ),
    `| key-value read units | ${perDay(({ kvs }) => kvs.readUnits)} |`,
    `| key-value write units | ${perDay(({ kvs }) => kvs.writeUnits)} |`,
    `| GB-seconds | ${perDay(({ gbSeconds }) => gbSeconds, 1)} |`,
  ];
}
