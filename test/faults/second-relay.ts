import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { freePort } from '../../sandbox/ports';
import { RelayProcess } from '../../sandbox/relay-process';
import { RELAY_BUNDLE } from '../../scripts/build-steps';
import type { World } from '../support/world';

/** Another relay of the sandbox's configuration, which does not run yet: replicas need no election. */
export async function secondRelay({ sandbox }: World): Promise<RelayProcess> {
  const { relay, dataDir } = sandbox;
  const config = z.looseObject({}).parse(parse(await readFile(relay.configFile, 'utf8')));
  const address = `127.0.0.1:${await freePort()}`;
  const configFile = join(dataDir, 'second-relay.yaml');
  await writeFile(configFile, stringify({ ...config, http: { health_address: address } }), { mode: 0o600 });
  return new RelayProcess({ bundleFile: RELAY_BUNDLE, configFile, healthUrl: `http://${address}` });
}
