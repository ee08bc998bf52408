import type { ConfigProblem } from './problems';
import {
  environmentName,
  KNOWN_KEYS,
  nearestEnvironmentName,
  SECTIONS,
  TOKEN_FILE_KEY,
  TOKEN_KEY,
  type KnownKey,
} from './keys';

/** A value from the environment, put into the form that its key takes where that is possible. */
export interface EnvironmentValue {
  key: KnownKey;
  name: string;
  value: unknown;
}

/** What the environment says about the configuration. */
export interface EnvironmentLayer {
  values: EnvironmentValue[];
  problems: ConfigProblem[];
  notices: string[];
}

const PREFIX = 'RELAY_';
/** Other names are nobody's settings and may hold anything. */
const PLAIN_NAME = /^[A-Z0-9_]{1,80}$/;
const SECRETS = [TOKEN_KEY, TOKEN_FILE_KEY].map((key) => environmentName(key.split('.')));

/**
 * Reads `RELAY_<SECTION>_<KEY>`; lists are comma separated, an empty text is an empty list. A variable that begins like a
 * section and is no key is a problem; another one is only noticed, since an environment may set `RELAY_…` for its own ends
 * (Kubernetes does for a service called "relay"). Secrets are not read here.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): EnvironmentLayer {
  const layer: EnvironmentLayer = { values: [], problems: [], notices: [] };
  const byName = new Map(KNOWN_KEYS.map((key) => [environmentName(key.path), key]));
  const sectionPrefixes = SECTIONS.map((path) => `${environmentName(path)}_`);
  for (const [name, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (text === undefined || !name.startsWith(PREFIX) || SECRETS.includes(name)) continue;
    const key = byName.get(name);
    if (key !== undefined) {
      layer.values.push({ key, name, value: convert(key, text) });
      continue;
    }
    const nearest = nearestEnvironmentName(name);
    const hint = nearest === undefined ? 'a known setting' : `a known setting; did you mean ${nearest}?`;
    if (!PLAIN_NAME.test(name)) continue;
    if (sectionPrefixes.some((prefix) => name.startsWith(prefix))) {
      layer.problems.push({ key: name, found: 'an unknown setting', expected: hint });
    } else if (nearest !== undefined) {
      layer.notices.push(`${name} is no setting and was not read; did you mean ${nearest}?`);
    }
  }
  return layer;
}

/** A text that does not have the form stays a text, so that the check of the whole reports it. */
function convert({ kind }: KnownKey, text: string): unknown {
  switch (kind) {
    case 'number':
      return /^-?\d{1,15}(?:\.\d{1,6})?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
    case 'text':
      return text;
  }
}
