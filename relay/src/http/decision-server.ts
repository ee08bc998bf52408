import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { IncomingHeaders } from '../../../contract/signing';
import { boundAddress, splitAddress } from './address';

/** What the server asks about a call. */
export interface CallHandler {
  /** Whether the head alone makes the body worth reading. */
  admits(path: string, headers: IncomingHeaders): boolean;
  answer(
    path: string,
    headers: IncomingHeaders,
    body: string,
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: string }>;
}

/** How to listen for pushed decisions. */
export interface DecisionServerOptions {
  /** `host:port`; port 0 takes a free one. */
  address: string;
  handler: CallHandler;
  maxBodyBytes: number;
  /** How long a client may take for its headers, and for the whole call, in milliseconds. */
  headersWithinMs?: number;
  requestWithinMs?: number;
  maxConnections?: number;
}

/** A listening server. */
export interface DecisionServer {
  /** `host:port` as bound. */
  address: string;
  /** Lets calls under way end, and nothing new in. */
  close(): Promise<void>;
}

const HEADERS_WITHIN_MS = 5000;
const REQUEST_WITHIN_MS = 10_000;
const CHECK_EVERY_MS = 250;
const MAX_HEADER_BYTES = 16_384;
const MAX_CONNECTIONS = 64;
/** Calls carried out at once; more are told to come again. */
const MAX_AT_ONCE = 16;
/** A proxy in front keeps its connections, and a new one would cost each decision some time. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Listens for pushed calls: POST only, bodies of bounded size, connections, headers and times bounded. It has a port of its own, so
 * that whoever publishes it does not publish health and metrics with it. Something in front of it must end TLS.
 *
 * @throws the error of listening, such as EADDRINUSE.
 */
export async function startDecisionServer(options: DecisionServerOptions): Promise<DecisionServer> {
  const load = { underWay: 0 };
  const server = createServer(
    {
      headersTimeout: options.headersWithinMs ?? HEADERS_WITHIN_MS,
      requestTimeout: options.requestWithinMs ?? REQUEST_WITHIN_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => void handle(request, response, options, load),
  );
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
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
        server.closeIdleConnections();
      }),
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { handler, maxBodyBytes }: DecisionServerOptions,
  load: { underWay: number },
): Promise<void> {
  try {
    if (request.method !== 'POST') {
      turnAway(response, 405, { allow: 'POST' });
      return;
    }
    const path = request.url ?? '';
    const headers = request.headersDistinct;
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      turnAway(response, 413);
      return;
    }
    if (!handler.admits(path, headers)) {
      turnAway(response, 401);
      return;
    }
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) {
      turnAway(response, 413);
      return;
    }
    if (load.underWay >= MAX_AT_ONCE) {
      turnAway(response, 503, { 'retry-after': '1' });
      return;
    }
    load.underWay += 1;
    const answer = await handler.answer(path, headers, body).finally(() => (load.underWay -= 1));
    response
      .writeHead(answer.status, {
        ...answer.headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer.body),
        'cache-control': 'no-store',
      })
      .end(answer.body);
  } catch {
    // What failed is no news for strangers; a client that went away hears nothing anyhow.
    if (response.headersSent) response.destroy();
    else turnAway(response, 500);
  }
}

/** Answers without a body and without reading on. */
function turnAway(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-length': 0, connection: 'close' }).end();
}

/** The body as text; `undefined` as soon as it is longer than it may be. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Else the connection would be gone before the client reads why.
  const reading: AsyncIterable<unknown> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of reading) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
