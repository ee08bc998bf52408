import { codeOf, oneLine } from '../errors';

/*
 * What can go wrong between the relay and Teleport, each with a code that stays the same, what was expected instead and how
 * to mend it. The log and `relay check` say the same words.
 */

/** A known problem. */
export interface Problem {
  code: ProblemCode;
  /** What was seen; repeats nothing secret. */
  text: string;
  /** What would have been right. */
  expected: string;
  /** What to do. */
  mend: string;
}

interface Entry {
  text: string;
  expected: string;
  mend: string;
}

const NEW_IDENTITY =
  'write the identity anew with tbot (or tctl auth sign --format=file) and leave the old file in place until it is whole';
const CHECK_ADDRESS =
  "teleport.address: the Auth Service (port 3025) or the cluster's proxy (port 443 or 3080)";
const PUBLIC_OR_CONFIGURED = 'a certificate that public CAs, or teleport.web_ca_file, vouch for';

const CATALOGUE = {
  identity_missing: {
    text: 'the identity file is not there',
    expected: 'an identity file, or a directory that tbot writes',
    mend: 'start tbot or put the file where teleport.identity_file says; the relay waits for it',
  },
  identity_unreadable: {
    text: 'the identity file cannot be read',
    expected: 'a file that the user of the relay may read',
    mend: 'give the user that runs the relay the right to read the file and its directories',
  },
  identity_incomplete: {
    text: 'the identity directory holds no complete identity',
    expected: 'the files tlscert, key and teleport-host-ca.crt, or one called identity',
    mend: 'let tbot write an output of the type identity into this directory',
  },
  identity_empty: {
    text: 'it holds no PEM block: is it an identity file?',
    expected: 'a private key, a TLS certificate and host CA certificates in PEM',
    mend: NEW_IDENTITY,
  },
  identity_cut_off: {
    text: 'a PEM block begins and does not end: the file is cut off or was being written',
    expected: 'a whole identity file',
    mend: NEW_IDENTITY,
  },
  identity_no_key: {
    text: 'it does not begin with a private key in PEM: is it an identity file?',
    expected: 'the private key as the first PEM block',
    mend: NEW_IDENTITY,
  },
  identity_key_encrypted: {
    text: 'its private key is encrypted; Teleport writes it in the clear',
    expected: 'a private key without a passphrase',
    mend: NEW_IDENTITY,
  },
  identity_key_unreadable: {
    text: 'its private key cannot be read: the file is damaged',
    expected: 'an RSA, ECDSA or Ed25519 key in PEM',
    mend: NEW_IDENTITY,
  },
  identity_no_certificate: {
    text: 'it holds no TLS certificate after the key',
    expected: 'the TLS certificate as the second PEM block',
    mend: 'write an identity for TLS: tbot type identity, or tctl auth sign --format=file',
  },
  identity_certificate_unreadable: {
    text: 'a certificate in it cannot be read: the file is damaged',
    expected: 'X.509 certificates in PEM',
    mend: NEW_IDENTITY,
  },
  identity_no_authority: {
    text: "it holds no TLS certificate of the cluster's host CA",
    expected: 'the host CA certificates after the TLS certificate',
    mend: NEW_IDENTITY,
  },
  identity_mixed_up: {
    text: 'the parts of the identity are in the wrong order: after the key must come its TLS certificate, then those of the host CA',
    expected: 'private key, TLS certificate, host CA certificates, in this order',
    mend: NEW_IDENTITY,
  },
  identity_key_mismatch: {
    text: 'the private key does not belong to the TLS certificate',
    expected: 'key and certificate of the same identity',
    mend: NEW_IDENTITY,
  },
  identity_no_names: {
    text: 'its TLS certificate names no user or no cluster: it is not of Teleport',
    expected: "a certificate of the cluster's user CA, its subject naming the user",
    mend: NEW_IDENTITY,
  },
  identity_expired: {
    text: 'the certificate in the identity file expired',
    expected: 'a certificate that is valid now',
    mend: 'renew the file: is tbot still running, and may it still renew? The relay takes the new one by itself',
  },
  identity_not_yet_valid: {
    text: 'the certificate in the identity file is not valid yet',
    expected: 'a certificate that is valid now',
    mend: 'check the clock of this machine and that of the Auth Service',
  },
  identity_refused: {
    text: "the server refuses the relay's certificate",
    expected: 'an identity that this cluster issued and still accepts',
    mend: 'check that the identity is of this cluster, that its user CA was not rotated since, and renew the file',
  },
  dns_failed: {
    text: 'its host name cannot be resolved',
    expected: 'a host name that DNS knows',
    mend: CHECK_ADDRESS,
  },
  refused: {
    text: 'nothing listens at this address and port',
    expected: 'a listening Teleport service',
    mend: `is the service running, and is the port right? ${CHECK_ADDRESS}`,
  },
  unreachable: {
    text: 'the network does not lead there',
    expected: 'a network path to the address',
    mend: 'check routes and firewalls; where only an HTTP proxy leads out, set HTTPS_PROXY',
  },
  timed_out: {
    text: 'the server did not answer in time',
    expected: 'an answer within seconds',
    mend: 'check firewalls, which often drop silently, and the load of the server',
  },
  closed: {
    text: 'the connection was closed',
    expected: 'a connection that stays open',
    mend: 'the relay connects again by itself; if it goes on, look at what lies between (balancer, firewall)',
  },
  hung_up: {
    text: 'the server closed the connection during the TLS handshake',
    expected: 'a finished TLS handshake',
    mend: `something may sort connections by their TLS name and not know Teleport's; ${CHECK_ADDRESS}`,
  },
  name_refused: {
    text: "the server refuses Teleport's TLS name with an alert",
    expected: "an Auth Service, or a proxy that passes Teleport's ALPN route on",
    mend: `something sorts connections by their TLS name and does not know Teleport's; ${CHECK_ADDRESS}`,
  },
  hung_up_after: {
    text: 'the server hung up right after the TLS handshake, as it does when it refuses a certificate',
    expected: 'an identity that this cluster issued and still accepts',
    mend: 'check that the identity is of this cluster and not locked, and renew the file',
  },
  not_tls: {
    text: 'the server does not speak TLS at this address',
    expected: 'TLS',
    mend: CHECK_ADDRESS,
  },
  no_http2: {
    text: 'the server does not speak HTTP/2 here (ALPN): this is not an Auth Service',
    expected: 'HTTP/2, negotiated by ALPN',
    mend: CHECK_ADDRESS,
  },
  alpn_refused: {
    text: "the server refuses Teleport's protocols (ALPN): it is a web server or a balancer that ends TLS",
    expected: "an Auth Service, or a proxy that passes Teleport's ALPN route on",
    mend: CHECK_ADDRESS,
  },
  wrong_name: {
    text: "the server's certificate is not for teleport.cluster.local: something else than the Auth Service answers at this address",
    expected: "the Auth Service's certificate",
    mend: CHECK_ADDRESS,
  },
  server_expired: {
    text: "the server's certificate has expired: check the clocks",
    expected: 'a server certificate that is valid now',
    mend: 'check the clock of this machine; then restart the Auth Service, which renews its certificate',
  },
  other_ca: {
    text: "the server's certificate is not signed by a host CA of the identity file, although its cluster has the same name",
    expected: 'the host CA that the identity file names',
    mend: 'the cluster was set up anew or its host CA rotated since: write the identity anew, from the cluster that you trust',
  },
  other_cluster: {
    text: 'this is another cluster than the one that the identity is of',
    expected: "the identity's own cluster",
    mend: 'set teleport.address to the right cluster, or use an identity of this one',
  },
  wrong_host: {
    text: "the server's certificate is not signed by a host CA of the identity file: a web certificate was seen instead of the Auth Service's",
    expected: "the Auth Service's certificate, signed by a host CA of the identity file",
    mend: `is this a Teleport cluster at all? ${CHECK_ADDRESS}`,
  },
  routing_off: {
    text: "the proxy does not lead to the Auth Service: the cluster's TLS routing is off",
    expected: "a proxy that passes Teleport's ALPN route on",
    mend: 'let teleport.address be the Auth Service itself (port 3025), or set proxy_listener_mode: multiplex',
  },
  tls_inspected: {
    text: "the server's certificate is not signed by a host CA of the identity file, nor by a public CA: something between opens TLS",
    expected: "the Auth Service's certificate, or the web certificate of a proxy",
    mend: "exempt Teleport's address from TLS inspection; if the web certificate is private, name its CA in teleport.web_ca_file",
  },
  web_untrusted: {
    text: "the proxy's web certificate is not trusted",
    expected: PUBLIC_OR_CONFIGURED,
    mend: "exempt Teleport's address from TLS inspection, or name the CA of the web certificate in teleport.web_ca_file",
  },
  upgrade_missing: {
    text: 'a balancer ends TLS at this address, and the proxy offers no connection upgrade',
    expected: 'HTTP 101 from /webapi/connectionupgrade',
    mend: 'let the balancer pass TLS through (layer 4), or run a proxy of Teleport 17 or newer behind it',
  },
  upgrade_refused: {
    text: 'a balancer ends TLS at this address, and the connection upgrade was refused',
    expected: 'HTTP 101 from /webapi/connectionupgrade',
    mend: 'let the balancer pass WebSockets through to the proxy, or let it pass TLS through (layer 4)',
  },
  upgrade_broken: {
    text: 'the upgraded connection does not follow the WebSocket protocol',
    expected: 'unmasked binary frames',
    mend: 'look at what lies between the relay and the proxy: something rewrites WebSockets',
  },
  proxy_setting: {
    text: 'HTTPS_PROXY is no address of an HTTP proxy',
    expected: 'http://host:port or https://host:port, with user:password@ where needed',
    mend: 'correct HTTPS_PROXY, or take Teleport out of it with NO_PROXY',
  },
  proxy_unreachable: {
    text: 'the HTTP proxy of HTTPS_PROXY cannot be reached',
    expected: 'a listening HTTP proxy',
    mend: 'check HTTPS_PROXY, or take Teleport out of it with NO_PROXY',
  },
  proxy_auth_required: {
    text: 'the HTTP proxy asks for credentials (407)',
    expected: 'credentials that the HTTP proxy accepts',
    mend: 'put them into HTTPS_PROXY as http://user:password@host:port (basic), or let the proxy pass this address without',
  },
  proxy_refused: {
    text: 'the HTTP proxy does not open a tunnel',
    expected: 'HTTP 200 to CONNECT',
    mend: "allow CONNECT to Teleport's address and port at the HTTP proxy",
  },
  tls_failed: {
    text: 'the TLS handshake failed',
    expected: 'TLS 1.2 or newer',
    mend: CHECK_ADDRESS,
  },
} as const satisfies Record<string, Entry>;

/** Codes of all known problems; they do not change from version to version. */
export type ProblemCode = keyof typeof CATALOGUE;

/** The codes, for tables and tests. */
export const PROBLEM_CODES = Object.keys(CATALOGUE).filter((code) => isProblemCode(code));

function isProblemCode(code: string): code is ProblemCode {
  return code in CATALOGUE;
}

/** A problem of the catalogue; `detail` is put behind its text in brackets, on one line. */
export function problem(code: ProblemCode, detail?: string): Problem {
  const { text, expected, mend } = CATALOGUE[code];
  return { code, text: detail === undefined ? text : `${text} (${oneLine(detail)})`, expected, mend };
}

/** The problem in one line for a log: what was seen, what was expected, what to do. */
export function sentence({ text, expected, mend }: Problem): string {
  return `${text}; expected ${expected}; ${mend}`;
}

/** A connection attempt that failed for a known reason. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';

  constructor(
    readonly problem: Problem,
    options?: { cause?: unknown },
  ) {
    super(problem.text, options);
  }
}

/** A failure for a problem of the catalogue. */
export function failure(code: ProblemCode, detail?: string, cause?: unknown): ConnectFailure {
  return new ConnectFailure(problem(code, detail), { cause });
}

const NETWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  ENOTFOUND: 'dns_failed',
  EAI_AGAIN: 'dns_failed',
  EAI_FAIL: 'dns_failed',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
};

/** The problem that an error of a plain connection means, by its code in Node. */
export function networkProblem(error: unknown): Problem {
  const code = codeOf(error) ?? '';
  return problem(
    NETWORK_CODES[code] ?? 'closed',
    NETWORK_CODES[code] === undefined ? code || undefined : undefined,
  );
}

/** The problem that gRPC's text of a lost or failed connection means, if it is one that helps. */
export function transportProblem(details: string): Problem | undefined {
  if (/Name resolution failed/i.test(details)) return problem('dns_failed');
  const code = Object.keys(NETWORK_CODES).find((name) => details.includes(name));
  if (code !== undefined) return problem(NETWORK_CODES[code] ?? 'closed');
  if (/Failed to connect/.test(details)) return problem('hung_up_after');
  if (/Connection dropped|GOAWAY|closed/i.test(details)) return problem('closed');
  return undefined;
}
