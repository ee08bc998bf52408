import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createMetrics } from '../relay/src/metrics';
import { relayConfig } from '../relay/src/config/schema';
import { helpFor, isCommand } from '../relay/src/commands/help';
import * as z from 'zod';

/* What the documents name has to be there: files, places in them, commands, options, settings and metrics. */

const root = join(__dirname, '..');
const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
});
const documents = stdout.split('\n').filter((name) => name !== '' && existsSync(join(root, name)));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** As hosts of repositories make it: lower case, without punctuation, hyphens for blanks. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const anchorsIn = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading.replaceAll(/[`*]/g, '')));

test('there are documents to look at', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/set-up.md', 'relay/README.md']));
});

test.each(documents)('%s links to what is there', (name) => {
  const links = [...read(name).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  const broken = links.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? name : join(dirname(name), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsIn(read(file)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** Keys of the relay's configuration as `section.key`. */
function settings(): string[] {
  const schema = z.object({
    properties: z.record(
      z.string(),
      z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }),
    ),
  });
  const { properties } = schema.parse(z.toJSONSchema(relayConfig, { io: 'input', unrepresentable: 'any' }));
  const keys = Object.entries(properties).flatMap(([section, { properties: inner }]) =>
    Object.keys(inner ?? {}).map((key) => `${section}.${key}`),
  );
  return [...keys, 'jira_app.pairing_token_file'];
}

test('settings of the relay that documents name exist', () => {
  const known = settings();
  const sections = [...new Set(known.map((key) => key.split('.')[0] ?? ''))].join('|');
  const named = documents.flatMap((name) =>
    [...read(name).matchAll(new RegExp(`\`((?:${sections})\\.[a-z_]+)[:\`]`, 'g'))].map(
      ([, key = '']) => key,
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  // The sections of the chart's values share some names.
  const ofTheChart = ['log.severity', 'log.output'];
  expect(named.filter((key) => !known.includes(key) && !ofTheChart.includes(key))).toEqual([]);
});

test('commands and options of the relay that documents name exist', () => {
  const used = documents.flatMap((name) =>
    [...read(name).matchAll(/(?:^|`|\$ )relay ([a-z]+)((?:[^`\n]|\\\n)*)/gm)].map(
      ([, command = '', rest = '']) => ({
        command,
        options: rest.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [],
      }),
    ),
  );
  const commands = used.filter(({ command }) => isCommand(command));
  expect(commands.length).toBeGreaterThan(10);
  const unknown = commands.flatMap(({ command, options }) =>
    options
      .filter((option) => isCommand(command) && !helpFor(command).includes(option))
      .map((option) => `${command} ${option}`),
  );
  expect(unknown.filter((each) => !each.endsWith(' --help'))).toEqual([]);
});

test('metrics that documents name exist, and the operations guide has all of them', async () => {
  const metrics = createMetrics('1');
  metrics.delivered('created', 1);
  metrics.decided('approve', 'applied');
  metrics.eventReceived('put');
  const known = [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  const named = documents.flatMap((name) => read(name).match(/teleport_jira_relay_[a-z_]+/g) ?? []);
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !read('docs/operations.md').includes(name))).toEqual([]);
});
