import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The relay's chart, and what it was rendered to. */
export const CHART = join(__dirname, '..', 'relay', 'chart');
export const SNAPSHOTS = join(CHART, 'snapshots');

const LEAST = {
  teleport: { address: 'teleport.example.com:443', identitySecretName: 'jira-relay-identity' },
  jiraApp: { pairingTokenSecretName: 'jira-pairing' },
  decisions: { mode: 'set-state', approverIdentity: 'trait' },
};

/** Values that the chart is rendered with. */
export const CASES: readonly { name: string; values: Record<string, unknown> }[] = [
  { name: 'least', values: LEAST },
  {
    name: 'everything',
    values: {
      ...LEAST,
      teleport: { ...LEAST.teleport, webCa: { configMap: 'company-ca', key: 'ca.pem' } },
      decisions: { ...LEAST.decisions, extra: { delegator: 'email' } },
      ceiling: { roles_deny: ['admin'], max_access_duration: '12h', max_approvals_per_hour: 20 },
      config: { timing: { hello_at_most_every: 30 } },
      push: { enabled: true },
      replicaCount: 2,
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true },
      alerts: { enabled: true },
      networkPolicy: {
        metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
        egress: [{ ports: [{ port: 443 }] }],
      },
      image: { repository: 'registry.example.com/relay', tag: `sha256:${'0'.repeat(64)}` },
      annotations: { pod: { team: 'access' }, deployment: { team: 'access' } },
    },
  },
  {
    // The values that the official plugin's chart documents, with what only this chart asks for.
    name: 'from-the-official-chart',
    values: {
      teleport: {
        address: 'teleport.example.com:443',
        identityFromSecret: 'teleport-plugin-jira-identity',
        identitySecretPath: 'auth_id',
      },
      jira: {
        url: 'https://example.atlassian.net',
        username: 'robot@example.com',
        apiTokenFromSecret: 'teleport-plugin-jira-token',
        project: 'TAR',
        issueType: 'Task',
      },
      http: { publicAddress: 'jira-plugin.example.com', tlsFromSecret: 'teleport-plugin-jira-tls' },
      chartMode: 'custom',
      serviceType: 'LoadBalancer',
      log: { output: 'stdout', severity: 'DEBUG' },
      annotations: { config: {}, deployment: {}, pod: { team: 'access' }, secret: {}, service: {} },
      jiraApp: { pairingTokenSecretName: 'jira-pairing' },
      decisions: { mode: 'observe' },
    },
  },
];

/** A digest of all that the chart is rendered from, the cases among it. */
export function digestOfChart(): string {
  const hash = createHash('sha256').update(JSON.stringify(CASES));
  const files = readdirSync(CHART, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => !file.startsWith(SNAPSHOTS))
    .sort();
  for (const file of files) hash.update(relative(CHART, file)).update(readFileSync(file));
  return hash.digest('hex');
}
