import type { CheckName, Finding } from '../../../relay/src/check/finding';
import { preflight, type PreflightOptions } from '../../../relay/src/check/run';
import { requestOver } from '../../../relay/src/http/over-socket';
import type { JiraApp } from '../../../relay/src/ports';
import type { ProbeOptions } from '../../../relay/src/teleport/probes';
import type { TeleportSandbox } from '../../../sandbox/teleport';
import { soon, type Clients } from './real-teleport';

/** What a preflight of a test differs in from one that finds everything in place. */
export interface PreflightChange extends Partial<Pick<PreflightOptions, 'askDate' | 'triesChanges'>> {
  decisions?: Partial<PreflightOptions['decisions']>;
  probe?: Partial<ProbeOptions>;
  open?: JiraApp['open'];
}

/** Runs the relay's checks against a simulated cluster, with an app that confirms. @returns the findings by check. */
export async function runPreflight(
  sandbox: TeleportSandbox,
  clients: Clients,
  { decisions, probe: probeChange, open, ...change }: PreflightChange = {},
): Promise<Partial<Record<CheckName, Finding>>> {
  const probe: ProbeOptions = {
    address: sandbox.authAddress,
    identityFile: sandbox.identities['bot-jira-relay'] ?? '',
    webCaFile: sandbox.frontDoors?.webCaFile,
    env: {},
    requestOver,
    now: Date.now(),
    ...probeChange,
  };
  const { address, identityFile, env } = probe;
  const findings = await preflight(
    {
      probe,
      triesChanges: true,
      connect: () => clients.connect(address, { identityFile, env }),
      jiraApp: { open: open ?? (async () => ({ ok: true, value: [] })) },
      askDate: async () => new Date(),
      ...change,
      decisions: {
        mode: 'set-state',
        approver_identity: 'trait',
        delegator: 'account_id',
        accept: ['panel'],
        allow_threshold_bypass: false,
        ...decisions,
      },
    },
    soon(),
  );
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}
