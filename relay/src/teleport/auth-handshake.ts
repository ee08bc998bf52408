import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { codeOf } from '../errors';
import type { Identity } from './identity';
import { ConnectFailure, failure, networkProblem } from './problems';

/** The name that every Auth Service of Teleport has in its certificate (Teleport, TLS of the Auth Service). */
export const AUTH_SERVER_NAME = 'teleport.cluster.local';
/** The protocol of gRPC (ALPN). */
export const HTTP2 = 'h2';

/**
 * The protocol name by which a proxy leads a TLS connection to the Auth Service of a cluster, unopened (Teleport, TLS
 * routing). It must be the first of the list.
 */
export function authRoute(clusterName: string): string {
  return `teleport-auth@${Buffer.from(clusterName).toString('hex')}.${AUTH_SERVER_NAME}`;
}

/**
 * TLS with an Auth Service: it must show a certificate of a host CA in the identity, for the name that all Auth Services
 * have, and speak HTTP/2; it is shown the identity.
 *
 * @throws ConnectFailure
 */
export function authHandshake(
  carrier: Duplex,
  { tls }: Identity,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket: carrier,
      ca: tls.ca,
      cert: tls.cert,
      key: tls.key,
      servername: AUTH_SERVER_NAME,
      ALPNProtocols: [...protocols],
      minVersion: 'TLSv1.2',
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      secured.off('error', onError).off('close', onClose);
    };
    const refuse = (reason: ConnectFailure): void => {
      settle();
      // Whatever else the dying socket reports is no news.
      secured.on('error', () => undefined).destroy();
      carrier.on('error', () => undefined).destroy();
      reject(reason);
    };
    const onError = (error: Error): void => refuse(handshakeFailure(error));
    const onClose = (): void => refuse(failure('hung_up'));
    const onAbort = (): void => refuse(failure('timed_out', 'no end of the TLS handshake'));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    secured
      .once('close', onClose)
      .once('error', onError)
      .once('secureConnect', () => {
        if (secured.alpnProtocol !== HTTP2 && secured.alpnProtocol !== protocols[0]) {
          refuse(failure('no_http2'));
          return;
        }
        settle();
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
export function handshakeFailure(error: Error): ConnectFailure {
  if (error instanceof ConnectFailure) return error;
  const code = codeOf(error) ?? '';
  if (UNTRUSTED.has(code)) return failure('wrong_host', undefined, error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return failure('wrong_name', undefined, error);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return failure('server_expired', undefined, error);
  if (code.includes('ALERT_NO_APPLICATION_PROTOCOL')) return failure('alpn_refused', undefined, error);
  if (code.includes('ALERT_UNRECOGNIZED_NAME') || code.includes('ALERT_HANDSHAKE_FAILURE'))
    return failure('name_refused', undefined, error);
  if (code.includes('ALERT_CERTIFICATE_EXPIRED'))
    return failure('identity_refused', 'it says that it has expired', error);
  if (code.includes('_ALERT_')) return failure('identity_refused', undefined, error);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return failure('not_tls', undefined, error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return failure('hung_up', undefined, error);
  const network = networkProblem(error);
  return network.code === 'closed'
    ? failure('tls_failed', code === '' ? undefined : code, error)
    : new ConnectFailure(network, { cause: error });
}
