import { relayConfig } from '../config/schema';
import { channelOptions } from './connection';

const { timing } = relayConfig.parse({
  teleport: { address: 'auth.example.com:3025', identity_file: '/i' },
  jira_app: { pairing_token: 'x' },
  decisions: { mode: 'observe' },
});

test('by default pings come clearly more than a minute apart, as the server demands', () => {
  const options = channelOptions(timing);
  expect(options['grpc.keepalive_time_ms']).toBeGreaterThan(61_000);
  expect(options['grpc.keepalive_timeout_ms']).toBe(20_000);
  expect(options['grpc.keepalive_permit_without_calls']).toBe(1);
});

test('gRPC neither reconnects by itself nor looks for an HTTP proxy: both are up to the relay', () => {
  const options = channelOptions(timing);
  expect(options['grpc.initial_reconnect_backoff_ms']).toBeGreaterThanOrEqual(3_600_000);
  expect(options['grpc.enable_http_proxy']).toBe(0);
});
