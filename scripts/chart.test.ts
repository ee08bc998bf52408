import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { relayConfig } from '../relay/src/config/schema';
import { CASES, CHART, digestOfChart, SNAPSHOTS } from './chart-cases';

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

const container = z.looseObject({
  image: z.string(),
  args: z.array(z.string()),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number() })),
  securityContext: z.looseObject({}),
  livenessProbe: z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
  readinessProbe: z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
  volumeMounts: z.array(
    z.looseObject({ name: z.string(), mountPath: z.string(), subPath: z.string().optional() }),
  ),
});
const deployment = z.looseObject({
  spec: z.looseObject({
    replicas: z.number(),
    template: z.looseObject({
      spec: z.looseObject({
        enableServiceLinks: z.literal(false),
        automountServiceAccountToken: z.literal(false),
        securityContext: z.looseObject({}),
        terminationGracePeriodSeconds: z.number().min(20),
        containers: z.tuple([container]),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});
const object = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ namespace: z.literal('teleport') }),
});

/** The one object that is not the only one of its kind. */
const DASHBOARD = 'jira-teleport-jira-relay-dashboard';

/** What the chart was rendered to, by kind. */
function rendered(name: string): Map<string, unknown> {
  const documents = parseAllDocuments(read(SNAPSHOTS, `${name}.yaml`)).map((each) =>
    object.parse(each.toJS()),
  );
  return new Map(
    documents
      .filter(({ metadata }) => metadata['name'] !== DASHBOARD)
      .map((document) => [document.kind, document]),
  );
}

describe('the chart', () => {
  it('was rendered as it is (npm run chart renders it anew)', () => {
    for (const { name } of CASES)
      expect(read(SNAPSHOTS, `${name}.yaml`).split('\n', 1)[0]).toBe(`# Rendered from ${digestOfChart()}`);
  });

  it.each(CASES)('gives a relay a configuration that it takes: $name', ({ name }) => {
    const map = z
      .looseObject({ data: z.object({ 'relay.yaml': z.string() }) })
      .parse(rendered(name).get('ConfigMap'));
    const config = z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .parse(parse(map.data['relay.yaml']));
    expect(config['jira_app']).toEqual({ pairing_token_file: '/var/run/relay/pairing/pairing-token' });
    const checked = relayConfig.safeParse({ ...config, jira_app: { pairing_token: 'from the file' } });
    expect(checked.error?.issues ?? []).toEqual([]);
    expect(checked.data?.http.health_address).toBe('0.0.0.0:8090');
  });

  it.each(CASES)('runs it with no right that it does not need: $name', ({ name }) => {
    const { spec } = deployment.parse(rendered(name).get('Deployment')).spec.template;
    const [relay] = spec.containers;
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(relay.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(relay.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'health' });
    expect(relay.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'health' });
    expect(relay.ports).toContainEqual({ name: 'health', containerPort: 8090 });
  });

  it.each(CASES)('mounts folders, so that what is renewed arrives: $name', ({ name }) => {
    const { spec } = deployment.parse(rendered(name).get('Deployment')).spec.template;
    const [{ volumeMounts }] = spec.containers;
    expect(volumeMounts.filter(({ subPath }) => subPath !== undefined)).toEqual([]);
    expect(volumeMounts.map((mount) => mount.name).sort()).toEqual(
      spec.volumes.map((volume) => volume.name).sort(),
    );
  });

  it('lets nothing in unless it is named', () => {
    expect(rendered('least').get('NetworkPolicy')).toMatchObject({
      spec: { policyTypes: ['Ingress'], ingress: [] },
    });
    expect([...rendered('least').keys()]).not.toContain('Service');
    expect(rendered('everything').get('NetworkPolicy')).toMatchObject({
      spec: { ingress: [{ ports: [{ port: 'health' }] }, { ports: [{ port: 'decisions' }] }] },
    });
  });

  it('brings two relays, metrics, dashboard and alerts when asked', () => {
    const all = rendered('everything');
    expect(deployment.parse(all.get('Deployment')).spec.replicas).toBe(2);
    expect([...all.keys()]).toEqual(
      expect.arrayContaining(['Service', 'ServiceMonitor', 'PrometheusRule', 'PodDisruptionBudget']),
    );
    const rules = z
      .looseObject({ spec: z.object({ groups: z.array(z.unknown()) }) })
      .parse(all.get('PrometheusRule'));
    expect(rules.spec).toEqual(parse(read(CHART, 'observability', 'alerts.yaml')));
  });
});

describe('the schema of its values', () => {
  const validate = new Ajv({ strict: false }).compile(
    JSON.parse(read(CHART, 'values.schema.json')) as object,
  );

  it('takes the values that the chart has by default, and every case', () => {
    for (const values of [parse(read(CHART, 'values.yaml')) as unknown, ...CASES.map((each) => each.values)])
      expect([validate(values), validate.errors]).toEqual([true, null]);
  });

  it.each([
    ['a word that is no value', { replicas: 2 }],
    ['three relays', { replicaCount: 3 }],
    ['an address without a port', { teleport: { address: 'teleport.example.com' } }],
    ['an unknown mode', { decisions: { mode: 'approve-all' } }],
    ['a stop that is too short', { terminationGracePeriodSeconds: 5 }],
  ])('refuses %s', (_name, values) => {
    expect(validate(values)).toBe(false);
  });
});
