import { httpProxyFor, joinHostPort, splitHostPort } from './http-proxy';
import { ConnectFailure } from './problems';

const target = { host: 'proxy.example.com', port: 443 };
const PROXY = 'http://egress.example.net:3128';

describe('which proxy', () => {
  test('none without the setting', () => {
    expect(httpProxyFor(target, { HTTP_PROXY: PROXY })).toBeUndefined();
    expect(httpProxyFor(target, { HTTPS_PROXY: '' })).toBeUndefined();
  });

  test.each([
    [PROXY, { host: 'egress.example.net', port: 3128, isTls: false, authorization: undefined }],
    ['egress:8080', { host: 'egress', port: 8080, isTls: false, authorization: undefined }],
    ['http://egress', { host: 'egress', port: 80, isTls: false, authorization: undefined }],
    ['https://egress', { host: 'egress', port: 443, isTls: true, authorization: undefined }],
    ['http://[::1]:3128', { host: '::1', port: 3128, isTls: false, authorization: undefined }],
  ])('%s', (setting, expected) => {
    expect(httpProxyFor(target, { HTTPS_PROXY: setting })).toEqual(expected);
    expect(httpProxyFor(target, { https_proxy: setting })).toEqual(expected);
  });

  test('credentials are decoded before they are encoded', () => {
    const proxy = httpProxyFor(target, { HTTPS_PROXY: 'http://us%40er:p%3Ass@egress:3128' });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('us@er:p:ss').toString('base64')}`);
  });

  test.each([['socks5://egress:1080'], ['http://'], ['http://a b'], ['http://x:%zz@egress']])(
    'refuses %s without repeating it',
    (setting) => {
      let thrown: unknown;
      try {
        httpProxyFor(target, { HTTPS_PROXY: setting });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(ConnectFailure);
      if (!(thrown instanceof ConnectFailure)) return;
      expect(thrown.problem.code).toBe('proxy_setting');
      expect(thrown.message).not.toContain(setting);
    },
  );

  test.each(['localhost:3025', '127.0.0.1:3025', '127.8.8.8:1', '[::1]:3025'])(
    'loopback is reached directly: %s',
    (address) => {
      expect(httpProxyFor(splitHostPort(address), { HTTPS_PROXY: PROXY })).toBeUndefined();
    },
  );
});

describe('NO_PROXY', () => {
  test.each<[string, string, boolean]>([
    ['*', 'proxy.example.com:443', true],
    ['example.com', 'proxy.example.com:443', true],
    ['example.com', 'example.com:443', true],
    ['example.com', 'badexample.com:443', false],
    ['.example.com', 'proxy.example.com:443', true],
    ['.example.com', 'example.com:443', false],
    ['*.example.com', 'proxy.example.com:443', true],
    [' other.example.org , PROXY.example.com ', 'proxy.example.com:443', true],
    ['proxy.example.com:443', 'proxy.example.com:443', true],
    ['proxy.example.com:3080', 'proxy.example.com:443', false],
    ['10.0.0.0/8', '10.1.2.3:3025', true],
    ['10.0.0.0/8', '11.1.2.3:3025', false],
    ['10.0.0.0/33', '10.1.2.3:3025', false],
    ['10.1.2.3', '10.1.2.3:3025', true],
    ['10.1.2.3:3025', '10.1.2.3:443', false],
    ['fd00::/8', '[fd00::5]:3025', true],
    ['fd00::5', '[fd00::5]:3025', true],
    ['[fd00::5]:443', '[fd00::5]:3025', false],
    ['fd00::/8', '10.1.2.3:3025', false],
    ['', 'proxy.example.com:443', false],
  ])('"%s" and %s: spared %s', (exceptions, address, isSpared) => {
    const env = { HTTPS_PROXY: PROXY, no_proxy: exceptions };
    expect(httpProxyFor(splitHostPort(address), env) === undefined).toBe(isSpared);
  });
});

test.each(['a.example.com:443', '[fd00::5]:3025', '10.0.0.1:1'])('%s is split and joined', (address) => {
  expect(joinHostPort(splitHostPort(address))).toBe(address);
});
