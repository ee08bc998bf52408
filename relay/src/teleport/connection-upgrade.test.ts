import { upgradeOverride } from './connection-upgrade';

const target = { host: 'proxy.example.com', port: 443 };

test.each<[string | undefined, boolean | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['yes', true],
  ['TRUE', true],
  ['1', true],
  ['no', false],
  ['0', false],
  ['maybe', undefined],
  ['proxy.example.com:443=yes', true],
  ['other.example.com=no, proxy.example.com=yes', true],
  ['proxy.example.com:3080=yes', undefined],
  ['other.example.com:443=yes;Proxy.Example.com:443=off', false],
])('TELEPORT_TLS_ROUTING_CONN_UPGRADE=%s: %s', (setting, expected) => {
  expect(upgradeOverride(target, { TELEPORT_TLS_ROUTING_CONN_UPGRADE: setting })).toBe(expected);
});
