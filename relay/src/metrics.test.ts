import { createMetrics } from './metrics';

const P = 'teleport_jira_relay_';

async function lines(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('every metric by its name, unit and labels', async () => {
  const metrics = createMetrics('1.2.3');
  metrics.eventReceived('put');
  metrics.eventReceived('put');
  metrics.streamRestarted();
  metrics.listed(1_795_528_800_500);
  metrics.delivered('created', 0.3);
  metrics.delivered('unreachable', 70);
  metrics.decided('approve', 'refused');
  metrics.queue(3, 12.5);
  metrics.identityExpires(new Date(1_795_532_400_000));
  expect((await lines(metrics)).filter((line) => !line.includes('_bucket'))).toEqual([
    `${P}events_received_total{type="put"} 2`,
    `${P}stream_restarts_total 1`,
    `${P}last_list_timestamp_seconds 1795528800.5`,
    `${P}deliveries_total{result="created"} 1`,
    `${P}deliveries_total{result="unreachable"} 1`,
    `${P}delivery_duration_seconds_sum 70.3`,
    `${P}delivery_duration_seconds_count 2`,
    `${P}decisions_total{verdict="approve",outcome="refused"} 1`,
    `${P}queue_depth 3`,
    `${P}queue_oldest_age_seconds 12.5`,
    `${P}identity_expiry_timestamp_seconds 1795532400`,
    `${P}build_info{version="1.2.3"} 1`,
  ]);
  expect(await lines(metrics)).toContain(`${P}delivery_duration_seconds_bucket{le="0.5"} 1`);
});

test('two relays in one process do not count for each other', async () => {
  const one = createMetrics('1');
  const other = createMetrics('2');
  one.streamRestarted();
  expect(await lines(other)).toContain(`${P}stream_restarts_total 0`);
});
