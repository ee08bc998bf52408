import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { listenHttp, readBody, sendJson, type HttpListener } from '../http';
import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
let relay: HttpListener;
beforeEach(async () => {
  relay = await listenHttp(async (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
    else
      sendJson(response, 200, { url: request.url, headers: request.headers, body: await readBody(request) });
  });
  fixture = await startFixture({ remotes: { relay: relay.url } });
});
afterEach(async () => {
  await fixture.stop();
  await relay.close();
});

interface Seen {
  url: string;
  headers: Record<string, string>;
  body: string;
}

async function callRelay(): Promise<Seen> {
  const init = { method: 'POST', body: 'hi', headers: { authorization: 'own', 'x-own': '1' } };
  const { value } = await fixture.run('remote', 'relay', '/v1/ping', init);
  return JSON.parse((value as { body: string }).body) as Seen;
}

const decode = (part: string | undefined) =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;

describe('invokeRemote', () => {
  it('adds a token that the published key verifies', async () => {
    const seen = await callRelay();
    expect(seen).toMatchObject({ url: '/v1/ping', body: 'hi' });
    expect(seen.headers['x-own']).toBe('1');
    expect(seen.headers['x-b3-traceid']).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.headers['x-b3-spanid']).toMatch(/^[0-9a-f]{16}$/);
    const [header, payload, signature] = (seen.headers.authorization ?? '').replace('Bearer ', '').split('.');
    const { keys } = (await (await fetch(fixture.forge.jwksUrl)).json()) as {
      keys: (JsonWebKey & { kid: string })[];
    };
    const { kid, alg } = decode(header);
    const jwk = keys.find((key) => key.kid === kid);
    expect([alg, jwk]).toEqual(['RS256', expect.objectContaining({ kty: 'RSA', use: 'sig' })]);
    const key = createPublicKey({ key: jwk!, format: 'jwk' });
    const signed = Buffer.from(`${header ?? ''}.${payload ?? ''}`);
    expect(verify('RSA-SHA256', signed, key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
  });

  it('names the app and the installation for 25 seconds, and no person', async () => {
    const claims = decode((await callRelay()).headers.authorization?.split('.')[1]);
    const { appId, cloudId, installationId } = fixture.forge;
    expect(claims).toMatchObject({
      iss: 'forge/invocation-token',
      aud: `ari:cloud:ecosystem::app/${appId}`,
      app: {
        id: `ari:cloud:ecosystem::app/${appId}`,
        installationId: `ari:cloud:ecosystem::installation/${installationId}`,
        apiBaseUrl: `https://api.atlassian.com/ex/jira/${cloudId}`,
        module: { type: 'core:endpoint' },
        installation: { contexts: [{ name: 'jira', cloudId }] },
      },
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(25);
    expect(Math.abs(Number(claims.iat) * 1_000 - fixture.clock.now())).toBeLessThan(5_000);
    expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['principal']));
    expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['context']));
  });

  it('follows no redirect', async () => {
    expect((await fixture.run('remote', 'relay', '/moved')).value).toMatchObject({ status: 302 });
  });

  it('is refused while the remote has no address, or is none', async () => {
    fixture.forge.setRemote('relay', undefined);
    expect((await fixture.run('remote', 'relay', '/')).error?.name).toBe('INVALID_REMOTE_ERR');
    expect((await fixture.run('remote', 'other', '/')).error?.name).toBe('INVALID_REMOTE_ERR');
  });

  it('tells that nobody answers', async () => {
    fixture.forge.setRemote('relay', 'http://127.0.0.1:9');
    expect((await fixture.run('remote', 'relay', '/')).error).toMatchObject({
      name: 'PROXY_ERR',
      status: 502,
    });
  });
});

describe('fetch', () => {
  it('reaches what the manifest lists and nothing else', async () => {
    expect((await fixture.run('fetch', `${relay.url}/x`)).value).toMatchObject({ status: 200 });
    for (const url of [
      'https://example.com/',
      'http://www.example.com/',
      'https://www.example.com:9999/',
      'https://www.example.com.evil.invalid/',
    ])
      expect((await fixture.run('fetch', url)).error).toMatchObject({
        name: 'REQUEST_EGRESS_ALLOWLIST_ERR',
        status: 403,
      });
  });
});
