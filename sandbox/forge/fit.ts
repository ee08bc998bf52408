import { createPublicKey, generateKeyPair, randomUUID, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../clock';
import type { Identity } from './identity';

const LIFETIME_SECONDS = 25;

/**
 * Signs Forge Invocation Tokens and publishes the key (Forge Remote, invocation contract). The key is made at first use, since
 * making one takes a while and most tests need none.
 */
export class InvocationTokens {
  private readonly keyId = `forge/invocation-token/${randomUUID()}`;
  private key: Promise<KeyObject> | undefined;

  constructor(
    private readonly identity: Identity,
    private readonly clock: Clock,
  ) {}

  /** The published key set. */
  async jwks(): Promise<{ keys: object[] }> {
    const jwk = createPublicKey(await this.privateKey()).export({ format: 'jwk' });
    return { keys: [{ ...jwk, kid: this.keyId, use: 'sig', alg: 'RS256' }] };
  }

  /** A token as the platform adds it to calls that a function makes: without a person and without a page's context. */
  async create(moduleKey: string): Promise<string> {
    const { appAri, appVersion, installationAri, apiBaseUrl, environmentType, environmentAri, cloudId } =
      this.identity;
    const issuedAt = Math.floor(this.clock.now() / 1000);
    const payload = {
      app: {
        id: appAri,
        appVersion,
        version: appVersion,
        installationId: installationAri,
        apiBaseUrl,
        environment: { type: environmentType, id: environmentAri },
        module: { type: 'core:endpoint', key: moduleKey },
        installation: { id: installationAri, contexts: [{ name: 'jira', apiBaseUrl, cloudId }] },
      },
      iss: 'forge/invocation-token',
      aud: appAri,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + LIFETIME_SECONDS,
      jti: randomUUID(),
    };
    const signed = [{ alg: 'RS256', typ: 'JWT', kid: this.keyId }, payload].map(encode).join('.');
    const signature = sign('RSA-SHA256', Buffer.from(signed), await this.privateKey());
    return `${signed}.${signature.toString('base64url')}`;
  }

  private privateKey(): Promise<KeyObject> {
    this.key ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(
      ({ privateKey }) => privateKey,
    );
    return this.key;
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
