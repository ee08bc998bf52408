import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { systemClock } from '../../../sandbox/clock';
import { InvocationTokens } from '../../../sandbox/forge/fit';
import { listenHttp, sendJson, type HttpListener } from '../../../sandbox/http';
import { INSTALLATION } from './relay-rig';

/** A token to be signed: both parts as they will be, whole. */
export interface TokenParts {
  header: Record<string, unknown>;
  claims: Record<string, unknown> & { app: Record<string, unknown> };
}

const API = `https://api.atlassian.com/ex/jira/${INSTALLATION.cloudId}`;

/**
 * Publishes keys as the platform does and signs tokens: genuine ones with the sandbox's platform, forged ones with a second
 * published key, so that nothing but the claims under test is wrong with them.
 */
export class TokenIssuer {
  readonly keyId = 'forge/invocation-token/second';
  private readonly pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly platform = new InvocationTokens(
    {
      ...{ cloudId: INSTALLATION.cloudId, appId: INSTALLATION.appUuid, appAri: INSTALLATION.appId },
      ...{ environmentId: INSTALLATION.environmentUuid, environmentAri: INSTALLATION.environmentId },
      ...{ appVersion: '1.0.0', environmentType: 'DEVELOPMENT', installationId: 'i', installationAri: 'i' },
      ...{ contextAri: `ari:cloud:jira::site/${INSTALLATION.cloudId}`, apiBaseUrl: API },
    },
    systemClock,
  );
  private listener: HttpListener | undefined;
  /** How often the keys were fetched. */
  fetches = 0;
  isDown = false;

  get url(): string {
    return `${this.listener?.url ?? ''}/.well-known/jwks.json`;
  }

  get publicKey(): KeyObject {
    return this.pair.publicKey;
  }

  async start(): Promise<void> {
    this.listener = await listenHttp(async (_request, response) => {
      this.fetches += 1;
      if (this.isDown) sendJson(response, 503, {});
      else sendJson(response, 200, await this.keys());
    });
  }

  async stop(): Promise<void> {
    await this.listener?.close();
  }

  /** A token as the platform makes it for a call by one of the app's functions. */
  genuine(): Promise<string> {
    return this.platform.create('relay');
  }

  /** A token with a good signature over parts that differ from a genuine one's. */
  forge(change: (parts: TokenParts) => void = () => undefined): string {
    const parts = this.parts();
    change(parts);
    const content = encode(parts);
    return `${content}.${sign('RSA-SHA256', Buffer.from(content), this.pair.privateKey).toString('base64url')}`;
  }

  /** A token of another algorithm: none, or HMAC with the public key as its secret. */
  confuse(alg: 'none' | 'HS256' | 'HS256 in disguise'): string {
    const parts = this.parts();
    parts.header['alg'] = alg === 'HS256 in disguise' ? 'RS256' : alg;
    const content = encode(parts);
    if (alg === 'none') return `${content}.AA`;
    const pem = this.pair.publicKey.export({ type: 'spki', format: 'pem' });
    return `${content}.${createHmac('sha256', pem).update(content).digest('base64url')}`;
  }

  private async keys(): Promise<{ keys: object[] }> {
    const { keys } = await this.platform.jwks();
    const own = {
      ...this.pair.publicKey.export({ format: 'jwk' }),
      kid: this.keyId,
      use: 'sig',
      alg: 'RS256',
    };
    return { keys: [...keys, own] };
  }

  private parts(): TokenParts {
    const now = Math.floor(Date.now() / 1000);
    return {
      header: { alg: 'RS256', typ: 'JWT', kid: this.keyId },
      claims: {
        iss: 'forge/invocation-token',
        aud: INSTALLATION.appId,
        ...{ iat: now, nbf: now, exp: now + 25, jti: randomUUID() },
        app: {
          id: INSTALLATION.appId,
          apiBaseUrl: API,
          environment: { type: 'DEVELOPMENT', id: INSTALLATION.environmentId },
          module: { type: 'core:endpoint', key: 'relay' },
          installation: {
            id: 'i',
            contexts: [{ name: 'jira', apiBaseUrl: API, cloudId: INSTALLATION.cloudId }],
          },
        },
      },
    };
  }
}

function encode({ header, claims }: TokenParts): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
