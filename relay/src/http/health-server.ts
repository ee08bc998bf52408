import { createServer, type ServerResponse } from 'node:http';
import type { RelayStatus } from '../ports';
import { boundAddress, splitAddress } from './address';

/** What the health server shows and where. */
export interface HealthServerOptions {
  /** `host:port`, an IPv6 host in brackets; port 0 takes a free one. */
  address: string;
  status: () => RelayStatus;
  /** Metrics in Prometheus' text format. */
  metricsText: () => Promise<string>;
  /** Whether the process as such works, whatever its neighbours do. */
  isAlive: () => boolean;
  /** How long a client may take for the head of its request, in milliseconds; 5 s by default. */
  headersWithinMs?: number;
}

/** A running health server. */
export interface HealthServer {
  /** `host:port` that it listens on. */
  address: string;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const HEADERS_WITHIN_MS = 5000;
const CHECK_EVERY_MS = 500;
const REQUEST_WITHIN_MS = 10_000;
const MAX_HEADER_BYTES = 8192;
const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Page {
  status: number;
  type: string;
  body: string;
}

/**
 * Serves `/healthz` (the process works), `/readyz` (in step, or why not), `/status` (JSON for people) and `/metrics`, by GET
 * and HEAD. It is meant for probes inside a network, so connections, headers and times are bounded, and bodies are not read.
 *
 * @throws the error of listening, such as EADDRINUSE.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer(
    {
      headersTimeout: options.headersWithinMs ?? HEADERS_WITHIN_MS,
      requestTimeout: REQUEST_WITHIN_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: HEADERS_WITHIN_MS,
    },
    (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        response.setHeader('connection', 'close');
        send(response, { status: 405, type: 'text/plain', body: 'only GET and HEAD\n' });
        return;
      }
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      void pageFor(path, options).then(
        (page) => send(response, page),
        // What failed is no news for a probe and may hold anything.
        () => send(response, { status: 500, type: 'text/plain', body: 'failed\n' }),
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const { host, port } = splitAddress(options.address);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: boundAddress(server.address()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pageFor(path: string, options: HealthServerOptions): Promise<Page> {
  switch (path) {
    case '/healthz':
      return options.isAlive() ? text(200, 'ok\n') : text(503, 'not alive\n');
    case '/readyz': {
      const { ready, state, problems } = options.status();
      return ready ? text(200, 'ready\n') : text(503, ['not ready', state, ...problems].join('\n') + '\n');
    }
    case '/status':
      return {
        status: 200,
        type: 'application/json; charset=utf-8',
        body: `${JSON.stringify(options.status(), undefined, 2)}\n`,
      };
    case '/metrics':
      return { status: 200, type: PROMETHEUS_TYPE, body: await options.metricsText() };
    default:
      return text(404, 'not found\n');
  }
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body };
}

/** Node leaves the body of an answer to HEAD out by itself. */
function send(response: ServerResponse, { status, type, body }: Page): void {
  response
    .writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body);
}
