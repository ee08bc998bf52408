import { BlockList, isIP } from 'node:net';
import { failure } from './problems';

/** Host and port apart; an IPv6 host without brackets. */
export interface HostPort {
  host: string;
  port: number;
}

/** An HTTP proxy that tunnels are asked of. */
export interface HttpProxy extends HostPort {
  /** Whether the proxy itself is spoken to over TLS. */
  isTls: boolean;
  /** Value of Proxy-Authorization; a secret. */
  authorization: string | undefined;
}

/** Splits `host:port`, an IPv6 host in brackets. */
export function splitHostPort(address: string): HostPort {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

/** `host:port`, with brackets around an IPv6 host. */
export function joinHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The HTTP proxy that leads to an address by HTTPS_PROXY and NO_PROXY, which may be written in lower case. Loopback is always
 * reached directly; NO_PROXY lists `*`, names (with all below them), `.names` (only those below), IP addresses and CIDR
 * blocks, each with a port or without (the rules of Go's standard library, which Teleport's own clients follow).
 *
 * @throws ConnectFailure `proxy_setting` when HTTPS_PROXY is no URL of an HTTP proxy.
 */
export function httpProxyFor(
  target: HostPort,
  env: Readonly<Record<string, string | undefined>>,
): HttpProxy | undefined {
  const setting = (env['HTTPS_PROXY'] ?? '') || (env['https_proxy'] ?? '');
  if (setting === '' || isLoopback(target.host)) return undefined;
  const exceptions = (env['NO_PROXY'] ?? '') || (env['no_proxy'] ?? '');
  if (exceptions.split(',').some((entry) => matches(entry.trim().toLowerCase(), target))) return undefined;
  return readProxy(setting);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function readProxy(setting: string): HttpProxy {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(setting) ? setting : `http://${setting}`;
  // Nothing of the setting is repeated: it may hold a password.
  if (!URL.canParse(text)) throw failure('proxy_setting');
  const url = new URL(text);
  const isTls = url.protocol === 'https:';
  if ((!isTls && url.protocol !== 'http:') || url.hostname === '') throw failure('proxy_setting');
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, isTls, authorization: credentialsOf(url) };
}

function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    throw failure('proxy_setting');
  }
}

function matches(entry: string, target: HostPort): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const host = target.host.toLowerCase();
  const sort = isIP(host);
  const [, network, prefix] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined) return sort !== 0 && isInNetwork(host, network, Number(prefix));
  const { name, port } = splitEntry(entry);
  if (port !== undefined && port !== target.port) return false;
  if (sort !== 0 || isIP(name) !== 0) return name === host;
  if (name.startsWith('*.') || name.startsWith('.')) return host.endsWith(name.replace(/^\*/, ''));
  return host === name || host.endsWith(`.${name}`);
}

function splitEntry(entry: string): { name: string; port: number | undefined } {
  if (isIP(entry) !== 0) return { name: entry, port: undefined };
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  return { name: bracketed ?? plain ?? entry, port: port === undefined ? undefined : Number(port) };
}

function isInNetwork(host: string, network: string, prefix: number): boolean {
  const sort = isIP(network);
  if (sort === 0 || sort !== isIP(host) || prefix > (sort === 6 ? 128 : 32)) return false;
  const family = sort === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}
