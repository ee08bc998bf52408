import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from './ports';

const PREFIX = 'teleport_jira_relay_';
const MS_PER_SECOND = 1000;

/** Metrics of one relay, with what only its start knows. */
export interface RelayMetrics extends Metrics {
  /** When the certificate in use ends. */
  identityExpires(at: Date): void;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
}

/** Makes the relay's metrics in a registry of their own: base units, few labels, none with a request or a person in it. */
export function createMetrics(version: string): RelayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter<Label>({ name: PREFIX + name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name: PREFIX + name, help, registers });

  const events = counter('events_received_total', 'Events of the watch stream, by type.', ['type']);
  const restarts = counter('stream_restarts_total', 'Watch streams that were opened anew.', []);
  const lastList = gauge('last_list_timestamp_seconds', 'When all access requests were last listed.');
  const deliveries = counter('deliveries_total', 'Access requests sent to the app, by result.', ['result']);
  const durations = new Histogram({
    name: `${PREFIX}delivery_duration_seconds`,
    help: 'How long it took the app to answer for an access request.',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60],
    registers,
  });
  const decisions = counter('decisions_total', 'Decisions made in Jira, by verdict and outcome.', [
    'verdict',
    'outcome',
  ]);
  const depth = gauge('queue_depth', 'Access requests that wait to be sent to the app.');
  const oldestAge = gauge('queue_oldest_age_seconds', 'How long the oldest of them has waited.');
  const identity = gauge('identity_expiry_timestamp_seconds', 'When the certificate in use ends.');
  const build = new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1; the label tells the version.',
    labelNames: ['version'],
    registers,
  });
  build.set({ version }, 1);

  return {
    eventReceived: (type) => events.inc({ type }),
    streamRestarted: () => restarts.inc(),
    listed: (at) => lastList.set(at / MS_PER_SECOND),
    delivered: (result, seconds) => {
      deliveries.inc({ result });
      durations.observe(seconds);
    },
    decided: (verdict, outcome) => decisions.inc({ verdict, outcome }),
    queue: (waiting, oldestAgeSeconds) => {
      depth.set(waiting);
      oldestAge.set(oldestAgeSeconds);
    },
    identityExpires: (at) => identity.set(at.getTime() / MS_PER_SECOND),
    text: () => registry.metrics(),
  };
}
