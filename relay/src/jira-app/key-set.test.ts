import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { listenHttp, type HttpListener } from '../../../sandbox/http';
import { ManualClock } from '../../../test/support/relay/manual-clock';
import { RecordingLog } from '../../../test/support/relay/recorders';
import { KeySet } from './key-set';

const rsa = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits }).publicKey;
const published = (key: KeyObject, kid: string, more: object = {}) => ({
  ...key.export({ format: 'jwk' }),
  ...{ kid, use: 'sig', alg: 'RS256' },
  ...more,
});

describe('KeySet', () => {
  const first = rsa();
  let server: HttpListener;
  let clock: ManualClock;
  let keys: KeySet;
  let fetches: number;
  let answer: { status: number; body: string; headers?: Record<string, string> };

  const publish = (...entries: object[]) => {
    answer = { status: 200, body: JSON.stringify({ keys: entries }) };
  };
  const kinds = async (...ids: string[]) => {
    const found: string[] = [];
    for (const id of ids) found.push((await keys.find(id)).kind);
    return found;
  };

  beforeEach(async () => {
    fetches = 0;
    publish(published(first, 'first'));
    server = await listenHttp(async (_request, response) => {
      fetches += 1;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    clock = new ManualClock();
    keys = new KeySet({ url: server.url, clock, log: new RecordingLog() });
  });
  afterEach(() => server.close());

  it('fetches the keys once and keeps them for an hour', async () => {
    expect(await keys.find('first')).toMatchObject({ kind: 'key', key: { asymmetricKeyType: 'rsa' } });
    await clock.advance(3_599_000);
    expect(await kinds('first')).toEqual(['key']);
    expect(fetches).toBe(1);
    await clock.advance(2000);
    expect(await kinds('first')).toEqual(['key']);
    expect(fetches).toBe(2);
  });

  it('fetches them anew for an unknown id, at most every 30 s, by one call at a time', async () => {
    await kinds('first');
    await clock.advance(30_000);
    await Promise.all(['a', 'b', 'c'].map((id) => keys.find(id)));
    expect(await kinds('d', 'e')).toEqual(['unknown', 'unknown']);
    expect(fetches).toBe(2);
    publish(published(rsa(), 'second'));
    await clock.advance(29_000);
    expect(await kinds('second')).toEqual(['unknown']);
    await clock.advance(1000);
    expect(await kinds('second', 'first')).toEqual(['key', 'unknown']);
    expect(fetches).toBe(3);
  });

  it('drops a key that was withdrawn', async () => {
    await kinds('first');
    publish();
    await clock.advance(3_600_000);
    expect(await kinds('first')).toEqual(['unknown']);
  });

  it('goes on with the keys it has while they cannot be fetched, for twelve hours', async () => {
    await kinds('first');
    answer = { status: 500, body: '' };
    await clock.advance(11 * 3_600_000);
    expect(await kinds('first', 'other')).toEqual(['key', 'unavailable']);
    await clock.advance(3_600_000);
    expect(await kinds('first')).toEqual(['unavailable']);
  });

  it.each<[string, () => void]>([
    ['an answer that is no JSON', () => (answer = { status: 200, body: '<html>' })],
    ['an answer that is too large', () => publish({ padding: 'x'.repeat(70_000) })],
    ['a redirect', () => (answer = { status: 302, body: '', headers: { location: `${server.url}/x` } })],
  ])('has no keys after %s', async (_what, prepare) => {
    prepare();
    expect(await kinds('first', 'first')).toEqual(['unavailable', 'unavailable']);
    expect(fetches).toBe(1);
  });

  it.each<[string, () => object]>([
    [
      'of another sort',
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    ],
    ['that is a secret', () => ({ kty: 'oct', k: 'c2VjcmV0' })],
    ['that is too short', () => published(rsa(1024), 'odd')],
    ['for another algorithm', () => published(first, 'odd', { alg: 'RS512' })],
    ['for encryption', () => published(first, 'odd', { use: 'enc' })],
    ['that is broken', () => published(first, 'odd', { n: '', e: '' })],
  ])('passes over a key %s', async (_what, key) => {
    publish({ ...key(), kid: 'odd' }, published(first, 'first'));
    expect(await kinds('odd', 'first')).toEqual(['unknown', 'key']);
  });
});
