import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { createMetrics } from './metrics';

const read = (file: string): string =>
  readFileSync(join(__dirname, '..', 'chart', 'observability', file), 'utf8');
const rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
});
const NAME = /teleport_jira_relay_[a-z_]+/g;

/** Names that a scrape of the relay gives, those of a histogram's parts included. */
async function scrapedNames(): Promise<Set<string>> {
  const metrics = createMetrics('1');
  metrics.delivered('created', 1);
  metrics.decided('approve', 'applied');
  metrics.eventReceived('put');
  return new Set((await metrics.text()).match(NAME) ?? []);
}

const expressions: [string, string][] = [
  ...rules
    .parse(parse(read('alerts.yaml')))
    .groups.flatMap((group) => group.rules.map(({ alert, expr }): [string, string] => [alert, expr])),
  ...dashboard
    .parse(JSON.parse(read('dashboard.json')))
    .panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
];

test.each(expressions)('%s asks for metrics that the relay has', async (_name, expr) => {
  const names = expr.match(NAME) ?? [];
  expect(names.length).toBeGreaterThan(0);
  expect([...(await scrapedNames())]).toEqual(expect.arrayContaining(names));
});

test('every metric is on the dashboard', async () => {
  const shown = expressions.map(([, expr]) => expr).join(' ');
  const names = [...(await scrapedNames())].map((name) => name.replace(/_(?:bucket|sum|count)$/, ''));
  expect([...new Set(names)].filter((name) => !shown.includes(name))).toEqual([]);
});
