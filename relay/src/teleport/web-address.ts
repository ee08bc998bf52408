import { rootCertificates, connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { codeOf, oneLine } from '../errors';
import { serverName, type Path } from './dial';
import { joinHostPort, type HostPort } from './http-proxy';
import { ConnectFailure, failure } from './problems';
import { handshakeFailure } from './auth-handshake';

/** What a proxy tells about its cluster to everybody (Teleport, /webapi/find). */
export interface WebFacts {
  clusterName: string | undefined;
  serverVersion: string | undefined;
  tlsRouting: boolean | undefined;
  /** The server's clock, by the Date header; whole seconds. */
  date: Date | undefined;
}

/** What is seen of a certificate when nothing is sent and nothing trusted. */
export interface SeenCertificate {
  /** Common name of subject and issuer, or another name; one line each. */
  subject: string;
  issuer: string;
  dnsNames: string[];
  validTo: Date | undefined;
}

/** The outcome of a look at what answers at the web address. */
export interface Glance {
  /** The protocol that the server chose; `undefined` for none. */
  protocol: string | undefined;
  certificate: SeenCertificate;
  /** Whether public CAs, or those of the configuration, vouch for the certificate and its name. */
  isTrusted: boolean;
}

/** CAs that web certificates are judged by: Node's own and those of the environment, or Node's own and the given ones. */
export function webAuthorities(extraPem: string | undefined): Pick<ConnectionOptions, 'ca'> {
  return extraPem === undefined ? {} : { ca: [...rootCertificates, extraPem] };
}

/**
 * Looks at what answers without saying who asks: a TLS handshake for `host` that offers `protocols` and accepts any
 * certificate, after which the connection is closed. Nothing is sent over it, so there is nothing that trust would protect.
 *
 * @throws ConnectFailure
 */
export async function glanceAt(
  carrier: Duplex,
  { host, protocols }: { host: string; protocols: readonly string[] },
  authorities: Pick<ConnectionOptions, 'ca'>,
  signal: AbortSignal,
): Promise<Glance> {
  const options = { ...authorities, ALPNProtocols: [...protocols], rejectUnauthorized: false };
  const socket = await handshake(carrier, host, options, signal);
  try {
    const { subject, issuer, subjectaltname = '', valid_to: validTo } = socket.getPeerCertificate();
    const dnsNames = subjectaltname
      .split(/,\s*/)
      .flatMap((name) => (name.startsWith('DNS:') ? [oneLine(name.slice(4), 253)] : []));
    const until = new Date(validTo);
    return {
      protocol:
        socket.alpnProtocol === false || socket.alpnProtocol === null ? undefined : socket.alpnProtocol,
      certificate: {
        subject: nameOf(subject) ?? dnsNames[0] ?? 'no name',
        issuer: nameOf(issuer) ?? 'no name',
        dnsNames,
        validTo: Number.isNaN(until.getTime()) ? undefined : until,
      },
      isTrusted: socket.authorized,
    };
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function nameOf(name: { CN?: string | string[]; O?: string | string[] }): string | undefined {
  const [first] = [name.CN, name.O].flat().filter((part) => part !== undefined && part !== '');
  return first === undefined ? undefined : oneLine(first, 100);
}

/**
 * TLS to a proxy's web address for HTTP/1.1, verified by web CAs.
 * @throws ConnectFailure `web_untrusted`, or what else went wrong.
 */
export async function connectWeb(
  carrier: Duplex,
  { host }: HostPort,
  authorities: Pick<ConnectionOptions, 'ca'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  try {
    return await handshake(carrier, host, { ...authorities, ALPNProtocols: ['http/1.1'] }, signal);
  } catch (error) {
    const code = error instanceof ConnectFailure ? error.problem.code : undefined;
    if (code !== 'wrong_host' && code !== 'wrong_name' && code !== 'server_expired') throw error;
    const cause = error instanceof Error ? codeOf(error.cause) : undefined;
    throw failure('web_untrusted', cause, error);
  }
}

function handshake(
  carrier: Duplex,
  host: string,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...options, socket: carrier, host, servername: serverName(host) });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
    };
    const refuse = (reason: ConnectFailure): void => {
      settle();
      socket.on('error', () => undefined).destroy();
      carrier.on('error', () => undefined).destroy();
      reject(reason);
    };
    const onError = (error: Error): void => refuse(handshakeFailure(error));
    const onClose = (): void => refuse(failure('hung_up'));
    const onAbort = (): void => refuse(failure('timed_out'));
    signal.addEventListener('abort', onAbort, { once: true });
    socket
      .once('close', onClose)
      .once('error', onError)
      .once('secureConnect', () => {
        settle();
        resolve(socket);
      });
  });
}

const findAnswer = z.object({
  cluster_name: z.string().max(1024).optional(),
  server_version: z.string().max(200).optional(),
  proxy: z.object({ tls_routing_enabled: z.boolean().optional() }).optional(),
});

/**
 * Asks a proxy about its cluster. @returns `undefined` when what answers is no proxy of Teleport.
 * @throws what the connection throws.
 */
export async function findCluster(
  web: Duplex,
  { target, requestOver }: Path,
  signal: AbortSignal,
): Promise<WebFacts | undefined> {
  try {
    const answer = await requestOver(
      web,
      { method: 'GET', path: '/webapi/find', host: joinHostPort(target), headers: { connection: 'close' } },
      signal,
    );
    if (answer.kind !== 'answered' || answer.status !== 200) return undefined;
    const facts = findAnswer.safeParse(parseJson(answer.body));
    if (!facts.success) return undefined;
    const date = new Date(String(answer.headers['date']));
    return {
      clusterName: facts.data.cluster_name,
      serverVersion: facts.data.server_version,
      tlsRouting: facts.data.proxy?.tls_routing_enabled,
      date: Number.isNaN(date.getTime()) ? undefined : date,
    };
  } finally {
    web.on('error', () => undefined).destroy();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
