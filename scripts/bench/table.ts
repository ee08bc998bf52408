import { PRESET_IN_WORDS, type Preset } from './presets';
import type { Burst, Restart } from './burst';
import type { Costs, CostFigures, Crowd, Footprint, Latencies } from './parts';
import type { Percentiles } from './stopwatch';

/** Everything that was measured; parts that were not asked for are missing. */
export interface Results {
  machine: Record<string, string | number>;
  presets: Readonly<Record<Preset, string>>;
  latency_ms?: Partial<Record<Preset, Latencies>>;
  burst?: Record<string, BurstFigures>;
  restart?: (RestartFigures & { preset: Preset })[];
  memory_mb?: Record<string, number>;
  startup_s?: Percentiles;
  bundle_kb?: Record<string, number>;
  growth?: Crowd[];
  calls_per_lifecycle?: Costs['calls_per_lifecycle'];
  idle_day?: Costs['idle_day'];
}
type BurstFigures = ReturnType<typeof burstFigures>;
type RestartFigures = ReturnType<typeof restartFigures>;

/** A burst as the results name it. */
export const burstFigures = (burst: Burst) => ({
  requests: burst.requests,
  seconds: burst.seconds,
  issues_per_second: burst.issuesPerSecond,
  refused_calls: burst.refusedCalls,
  duplicates: burst.duplicates,
  kvs_write_units: burst.kvsWriteUnitsPerRequest,
  jira_calls: burst.jiraCallsPerRequest,
});

/** A restart as the results name it. */
export const restartFigures = (restart: Restart) => ({
  open: restart.openLinks,
  changed: restart.changed,
  seconds: restart.seconds,
  apply_calls: restart.applyCalls,
  applied: restart.applied,
  jira_calls: restart.jiraCalls,
});

/** What the footprint and the crowds tell of memory, as the results name it. */
export function memoryFigures(
  footprint: Footprint | undefined,
  crowds: readonly Crowd[],
  afterBurst: number | undefined,
): Record<string, number> {
  return {
    ...(footprint && { idle: footprint.idleMb }),
    ...Object.fromEntries(crowds.map(({ open, relayMb }) => [`${open} open`, relayMb])),
    ...(afterBurst !== undefined && { 'after the burst': afterBurst }),
  };
}

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

const percentiles = ({ p50, p95, p99 }: Percentiles) => [p50, p95, p99];

/** The results as Markdown tables. */
export function renderResults(results: Results): string {
  const parts = [
    `Machine: ${Object.entries(results.machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}. Presets: ${Object.entries(PRESET_IN_WORDS)
      .map(([name, words]) => `*${name}*: ${words}`)
      .join('; ')}.`,
    ...latencyTables(results.latency_ms ?? {}),
    ...growthTables(results.growth ?? []),
  ];
  const bursts = Object.entries(results.burst ?? {});
  if (bursts.length > 0)
    parts.push(
      '### Requests at once',
      table(
        [
          '',
          'requests',
          'seconds',
          'issues/s',
          'refused calls',
          'duplicates',
          'KVS write units each',
          'Jira calls each',
        ],
        bursts.map(([name, figures]) => [name, ...Object.values(figures)]),
      ),
    );
  if (results.restart !== undefined)
    parts.push(
      '### Restart of the relay',
      table(
        ['preset', 'links', 'changed', 'seconds', 'apply calls', 'requests applied', 'Jira calls'],
        results.restart.map(({ preset, ...figures }) => [preset, ...Object.values(figures)]),
      ),
    );
  if (results.memory_mb !== undefined || results.startup_s !== undefined)
    parts.push(
      '### Size',
      table(
        ['', ''],
        [
          ...Object.entries(results.memory_mb ?? {}).map(([name, mb]) => [
            `relay, ${name}`,
            `${mb} MB resident`,
          ]),
          ...(results.startup_s
            ? [['relay, start to ready', `p50 ${results.startup_s.p50} s, p95 ${results.startup_s.p95} s`]]
            : []),
          ...Object.entries(results.bundle_kb ?? {}).map(([name, kb]) => [`bundle of ${name}`, `${kb} kB`]),
        ],
      ),
    );
  if (results.calls_per_lifecycle !== undefined)
    parts.push(
      '### What a request costs',
      table(
        ['', ...COST_HEAD],
        Object.entries(results.calls_per_lifecycle).map(([name, cost]) => [name, ...costCells(cost)]),
      ),
    );
  if (results.idle_day !== undefined)
    parts.push(
      '### What a day without requests costs',
      table(
        [
          'hello every',
          ...COST_HEAD,
          'reads per hello',
          'writes per hello',
          'month, nothing free, US$',
          'month, billed, US$',
          'of the free run time',
        ],
        Object.entries(results.idle_day).map(([name, { perHello, month, ...cost }]) => [
          name,
          ...costCells(cost),
          perHello.reads,
          perHello.writes,
          month.nothingFree,
          month.billed,
          `${(month.shareOfFree * 100).toFixed(1)} %`,
        ]),
      ),
    );
  return `${parts.join('\n\n')}\n`;
}

const COST_HEAD = ['Jira calls', 'points', 'invocations', 'GB-seconds', 'KVS read units', 'KVS write units'];
const costCells = (cost: CostFigures) => [
  cost.jiraCalls,
  cost.points,
  cost.invocations,
  cost.gbSeconds,
  cost.kvsReadUnits,
  cost.kvsWriteUnits,
];

function latencyTables(latencies: NonNullable<Results['latency_ms']>): string[] {
  const rows = Object.entries(latencies).flatMap(([preset, each]) => [
    [preset, 'event → issue', ...percentiles(each.event_to_issue)],
    [preset, 'decision in Teleport → card', ...percentiles(each.teleport_decision_to_card)],
    [preset, 'button → Teleport, pushed', ...percentiles(each.button_to_teleport.push)],
    [preset, 'button → Teleport, collected', ...percentiles(each.button_to_teleport.poll)],
    [preset, 'card → Teleport, pushed', ...percentiles(each.card_to_teleport.push)],
    [preset, 'card → Teleport, collected', ...percentiles(each.card_to_teleport.poll)],
  ]);
  return rows.length === 0
    ? []
    : ['### Latency in milliseconds', table(['preset', '', 'p50', 'p95', 'p99'], rows)];
}

function growthTables(crowds: readonly Crowd[]): string[] {
  if (crowds.length === 0) return [];
  const at = (restarts: Crowd['restarts'], preset: Preset, changes: boolean) =>
    restarts.find((restart) => restart.preset === preset && restart.changed > 0 === changes)?.seconds ?? '';
  return [
    '### How it grows',
    table(
      [
        ...[
          'open requests',
          'burst, s',
          'issues/s',
          'restart, s',
          'restart, some changed, s',
          'restart, realistic, s',
        ],
        ...['relay, MB', 'event → issue, p50 ms', 'decision → card, p50 ms'],
      ],
      crowds.map((crowd) => [
        crowd.open,
        crowd.burst.seconds,
        crowd.burst.issuesPerSecond,
        at(crowd.restarts, 'zero', false),
        at(crowd.restarts, 'zero', true),
        at(crowd.restarts, 'realistic', false),
        crowd.relayMb,
        crowd.event_to_issue.p50,
        crowd.teleport_decision_to_card.p50,
      ]),
    ),
  ];
}
