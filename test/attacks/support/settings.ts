import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { writeRelayConfig, type RelayConfigSections } from '../../../sandbox/relay-config';
import { saveSettings, settingsFor } from '../../../sandbox/set-up';
import { until, type World } from '../../support/world';
import { hellos } from './teleport-watch';

const config = z.record(z.string(), z.record(z.string(), z.unknown()));
const RELOADED = 'configuration read anew';

/** Runs something while settings differ in these from what an administrator would choose. */
export async function withSettings(
  world: World,
  changed: Readonly<Record<string, unknown>>,
  act: () => Promise<void>,
): Promise<void> {
  await choose(world, changed);
  try {
    await act();
  } finally {
    await choose(world);
  }
}

/** Saves settings that differ in these from what an administrator would choose. */
export async function choose(world: World, changed: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await saveSettings(world.sandbox.admin, { ...settingsFor(world.sandbox.jira), ...changed });
}

/** Writes the relay's configuration with these sections changed. @returns a function that writes what stood there before. */
export async function rewriteConfig(
  world: World,
  changed: RelayConfigSections,
): Promise<() => Promise<void>> {
  const { configFile } = world.sandbox.relay;
  const before = config.parse(parse(await readFile(configFile, 'utf8')));
  const sections = new Set([...Object.keys(before), ...Object.keys(changed)]);
  await writeRelayConfig(
    configFile,
    Object.fromEntries([...sections].map((name) => [name, { ...before[name], ...changed[name] }])),
  );
  return () => writeRelayConfig(configFile, before);
}

/** Runs something while the relay, which reads its configuration anew, has other rules; then it has the former ones again. */
export async function withRules(
  world: World,
  changed: RelayConfigSections,
  act: () => Promise<void>,
): Promise<void> {
  const restore = await rewriteConfig(world, changed);
  try {
    await reload(world);
    await act();
  } finally {
    await restore();
    await reload(world);
  }
}

async function reload(world: World): Promise<void> {
  const { relay } = world.sandbox;
  const count = () => relay.output().split(RELOADED).length;
  const before = count();
  relay.signal('SIGHUP');
  await until('the relay has read its configuration', () => count() > before);
  await hellos(world, 2);
}
