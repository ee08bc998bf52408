import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

/** Sections of the relay's configuration with keys to set, or to leave out by `undefined`. Checked by the relay alone. */
export type RelayConfigSections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a relay of the sandbox must know. */
export interface RelayConfigFacts {
  authAddress: string;
  identityFile: string;
  pairingTokenFile: string;
  /** `host:port`. */
  healthAddress: string;
  /** Where pushed decisions arrive, and the keys of the platform's tokens; without it the relay collects decisions. */
  push?: { address: string; jwksUrl: string } | undefined;
  clock?: { rate: number; epoch: number } | undefined;
}

/** The configuration of the sandbox's relay: decisions are carried out, and it asks for them every second. */
export function relayConfigFor(
  facts: RelayConfigFacts,
  overrides: RelayConfigSections = {},
): Record<string, unknown> {
  const base: RelayConfigSections = {
    teleport: { address: facts.authAddress, identity_file: facts.identityFile },
    jira_app: { pairing_token_file: facts.pairingTokenFile },
    decisions: { mode: 'set-state', approver_identity: 'any', accept: ['panel', 'card'] },
    http: {
      health_address: facts.healthAddress,
      ...(facts.push && { decisions_address: facts.push.address }),
    },
    ...(facts.push && { push: { jwks_url: facts.push.jwksUrl } }),
    timing: { hello_at_most_every: 1, ...(facts.clock && { clock: facts.clock }) },
  };
  const sections = new Set([...Object.keys(base), ...Object.keys(overrides)]);
  return Object.fromEntries([...sections].map((name) => [name, { ...base[name], ...overrides[name] }]));
}

/** Writes a configuration as the relay reads it: YAML, for the owner's eyes. */
export async function writeRelayConfig(file: string, config: Record<string, unknown>): Promise<void> {
  await writeFile(file, stringify(config), { mode: 0o600 });
}
