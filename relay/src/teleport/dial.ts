import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { RequestOverSocket, SocketAnswer } from '../ports';
import { httpProxyFor, joinHostPort, splitHostPort, type HostPort, type HttpProxy } from './http-proxy';
import { ConnectFailure, failure, networkProblem } from './problems';

/** How Teleport's address is reached: directly, or through an HTTP proxy; and what speaks HTTP on the way. */
export interface Path {
  requestOver: RequestOverSocket;
  target: HostPort;
  httpProxy: HttpProxy | undefined;
}

/** The path to `host:port` by the environment. @throws ConnectFailure `proxy_setting` */
export function pathTo(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  requestOver: RequestOverSocket,
): Path {
  const target = splitHostPort(address);
  return { requestOver, target, httpProxy: httpProxyFor(target, env) };
}

/** `host:port` of the machine that the first connection goes to. */
export function firstHop({ target, httpProxy }: Path): string {
  return joinHostPort(httpProxy ?? target);
}

/** Opens a TCP connection to the first hop. @throws ConnectFailure */
export function openFirstHop(path: Path, signal: AbortSignal): Promise<Socket> {
  const { host, port } = path.httpProxy ?? path.target;
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    const finish = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const onError = (error: Error): void => {
      finish();
      reject(firstHopFailure(path, error));
    };
    const onAbort = (): void => {
      finish();
      socket.on('error', () => undefined).destroy();
      reject(failure('timed_out'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError).once('connect', () => {
      finish();
      socket.setNoDelay();
      resolve(socket);
    });
  });
}

function firstHopFailure({ httpProxy }: Path, error: Error): ConnectFailure {
  const problem = networkProblem(error);
  return httpProxy === undefined
    ? new ConnectFailure(problem, { cause: error })
    : failure('proxy_unreachable', problem.text, error);
}

/**
 * Makes a connection to the first hop one to the target: nothing is to be done when they are the same, otherwise the HTTP
 * proxy is asked for a tunnel (HTTP, CONNECT).
 *
 * @throws ConnectFailure
 */
export async function throughHttpProxy(path: Path, socket: Duplex, signal: AbortSignal): Promise<Duplex> {
  const { httpProxy, target } = path;
  if (httpProxy === undefined) return socket;
  const toProxy = httpProxy.isTls ? await overTls(socket, httpProxy, signal) : socket;
  const host = joinHostPort(target);
  const headers: Record<string, string> =
    httpProxy.authorization === undefined ? {} : { 'proxy-authorization': httpProxy.authorization };
  let answer: SocketAnswer;
  try {
    answer = await path.requestOver(toProxy, { method: 'CONNECT', path: host, host, headers }, signal);
  } catch (error) {
    throw failure('proxy_refused', networkProblem(error).text, error);
  }
  if (answer.kind === 'switched') return toProxy;
  throw answer.status === 407
    ? failure('proxy_auth_required')
    : failure('proxy_refused', `HTTP ${answer.status}`);
}

function overTls(socket: Duplex, proxy: HttpProxy, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secured = connectTls({ socket, host: proxy.host, servername: serverName(proxy.host) });
    const onAbort = (): void => void secured.destroy(new Error('no TLS in time'));
    signal.addEventListener('abort', onAbort, { once: true });
    secured
      .once('error', (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(failure('proxy_unreachable', networkProblem(error).text, error));
      })
      .once('secureConnect', () => {
        signal.removeEventListener('abort', onAbort);
        resolve(secured);
      });
  });
}

/** Name for SNI: an IP address must not be one (RFC 6066). */
export function serverName(host: string): string {
  return isIP(host) === 0 ? host : '';
}
