import { relayConfig } from '../config/schema';
import { channelOptions } from './connection';

const { timing } = relayConfig.parse({
  teleport: { address: 'auth.example.com:3025', identity_file: '/i' },
  jira_app: { pairing_token: 'x' },
  decisions: { mode: 'observe' },
});

test('by default pings come clearly more than a minute apart, as the server demands', () => {
  const options = channelOptions('auth.example.com:3025', timing);
  expect(options['grpc.keepalive_time_ms']).toBeGreaterThan(61_000);
  expect(options['grpc.keepalive_timeout_ms']).toBe(20_000);
  expect(options['grpc.keepalive_permit_without_calls']).toBe(1);
});

test.each([
  ['127.0.0.1:3025', 0],
  ['localhost:3025', 0],
  ['[::1]:3025', 0],
  ['auth.example.com:3025', 1],
  ['127-0-0-1.example.com:3025', 1],
])('%s goes through the proxy of the environment: %d', (address, enabled) => {
  expect(channelOptions(address, timing)['grpc.enable_http_proxy']).toBe(enabled);
});
