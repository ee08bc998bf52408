import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ChannelCredentials, credentials, type CallCredentials, type experimental } from '@grpc/grpc-js';
import { codeOf, messageOf } from '../errors';
import { validityProblem, type Identity } from './identity';

/** The name that every Auth Service of Teleport has in its certificate (Teleport, TLS of the Auth Service). */
const SERVER_NAME = 'teleport.cluster.local';
const ALPN = 'h2';
/** Longest TLS handshake in milliseconds. */
const HANDSHAKE_WITHIN_MS = 20_000;

/**
 * Client credentials by identity file: the identity is asked for at each connection attempt, so that a renewed one is used
 * by the next connection. Auth is recognised by the identity's host CAs and by its name, whatever address it was reached at.
 */
export class IdentityCredentials extends ChannelCredentials {
  private lastProblem: string | undefined;
  private lastUsed: Identity | undefined;

  constructor(private readonly identity: () => Identity) {
    super();
  }

  /** Why the last connection attempt failed, in words; `undefined` after one that worked. */
  get problem(): string | undefined {
    return this.lastProblem;
  }

  /** The identity that the last successful connection was made with. */
  get inUse(): Identity | undefined {
    return this.lastUsed;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    callCredentials?: CallCredentials,
  ): experimental.SecureConnector {
    const forCalls = callCredentials ?? credentials.createEmpty();
    return {
      connect: (socket) => this.connect(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => forCalls,
      destroy: () => undefined,
    };
  }

  private async connect(socket: Socket): Promise<experimental.SecureConnectResult> {
    try {
      const identity = this.identity();
      const problem = validityProblem(identity, Date.now());
      if (problem !== undefined) throw new Error(problem);
      const secured = await handshake(socket, identity);
      this.lastProblem = undefined;
      this.lastUsed = identity;
      return { socket: secured, secure: true };
    } catch (error) {
      this.lastProblem = messageOf(error);
      throw error;
    }
  }
}

function handshake(socket: Socket, { tls }: Identity): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      ca: tls.ca,
      cert: tls.cert,
      key: tls.key,
      servername: SERVER_NAME,
      ALPNProtocols: [ALPN],
      minVersion: 'TLSv1.2',
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      secured.off('close', onClose);
      // Whatever else the dying socket reports is no news.
      secured.on('error', () => undefined).destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(new Error(describeTlsError(error), { cause: error }));
    const onClose = (): void => fail(new Error('the server closed the connection during the TLS handshake'));
    const timer = setTimeout(
      () => fail(new Error('the server did not finish the TLS handshake in time')),
      HANDSHAKE_WITHIN_MS,
    );
    secured.once('close', onClose);
    secured.once('error', onError);
    secured.once('secureConnect', () => {
      if (secured.alpnProtocol !== ALPN) {
        fail(new Error(`the server does not speak HTTP/2 here (ALPN): this is not an Auth Service`));
        return;
      }
      clearTimeout(timer);
      secured.off('error', onError);
      secured.off('close', onClose);
      resolve(secured);
    });
  });
}

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** What an error of the TLS handshake means to who runs the relay. */
function describeTlsError(error: Error): string {
  const code = codeOf(error) ?? '';
  if (UNTRUSTED.has(code)) {
    return "the server's certificate is not signed by a host CA of the identity file: is this the address of the Auth Service (not of a web proxy), and is the identity of this cluster?";
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the server's certificate is not for ${SERVER_NAME}: something else than the Auth Service answers at this address`;
  }
  if (code === 'CERT_HAS_EXPIRED') return "the server's certificate has expired: check the clocks";
  if (code.includes('ALERT_CERTIFICATE_EXPIRED'))
    return "the server says that the relay's certificate has expired";
  if (code.includes('_ALERT_'))
    return "the server refuses the relay's certificate: is the identity of this cluster?";
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'the server does not speak TLS at this address';
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'the server closed the connection during the TLS handshake';
  return `the TLS handshake failed (${code === '' ? 'unknown error' : code})`;
}
