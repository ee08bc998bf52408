import { createServer, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { send, type InboxReply } from './inbox-caller';

const operation = z.object({ op: z.string() });

/** A call on its way through. */
export interface PassingCall {
  op: string;
  body: string;
  /** The `webhook-id`, which an answer must be signed for. */
  id: string;
}

/** Changes an answer before the relay gets it. */
export type Tamper = (reply: InboxReply, call: PassingCall) => InboxReply;

/** Somebody who sits between relay and platform and sees and changes everything, but holds no key. */
export class ManInTheMiddle {
  /** What is done to answers; nothing while undefined. */
  tamper: Tamper | undefined;
  /** Answers calls in the app's place; those that it leaves alone go on. */
  intercept: ((call: PassingCall) => InboxReply | undefined) | undefined;
  /** Answers that were changed, by operation. */
  readonly changed: string[] = [];
  private constructor(
    private readonly server: Server,
    private readonly origin: string,
  ) {}

  /** Listens on a port of its own and passes everything on to an origin. */
  static async start(origin: string): Promise<ManInTheMiddle> {
    const server = createServer();
    const man = new ManInTheMiddle(server, origin);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        man
          .pass(request.url ?? '/', Buffer.concat(chunks).toString('utf8'), request.headers)
          .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
          .catch(() => response.destroy());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return man;
  }

  /** The address under which this one stands in for the given one. */
  addressFor(url: string): string {
    const address: AddressInfo | string | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('nobody listens');
    return url.replace(this.origin, `http://127.0.0.1:${address.port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(path: string, body: string, headers: OutgoingHttpHeaders): Promise<InboxReply> {
    const parsed = operation.safeParse(JSON.parse(body));
    const call = {
      op: parsed.success ? parsed.data.op : '',
      body,
      id: String(headers['webhook-id']),
    };
    const instead = this.intercept?.(call);
    if (instead !== undefined) return instead;
    const reply = await send(`${this.origin}${path}`, body, endToEnd(headers));
    const plain = { ...reply, headers: endToEnd(reply.headers) };
    const tampered = this.tamper?.(plain, call) ?? plain;
    if (tampered !== plain) this.changed.push(call.op);
    return tampered;
  }
}

const HOP_BY_HOP = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'host'];

/** Headers without those that concern one connection only. */
function endToEnd<V>(headers: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}
