import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { decodePairingToken, type Pairing } from '../../../contract/pairing-token';
import { signRequest, verifyAnswer } from '../../../contract/signing';
import type { World } from '../../support/world';

/** An answer of the web trigger. */
export interface InboxReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** How a call differs from one that a relay would make. */
export interface CallForm {
  /** Signed in this role instead of the relay's. */
  role?: 'relay-to-app' | 'app-to-relay';
  /** The key that signs; the pairing's own when left out. */
  secret?: string;
  /** The connection that the call says it is of. */
  connectionId?: string;
  keyId?: string;
  /** The signer's clock is ahead by so many seconds. */
  aheadSeconds?: number;
  /** Changes the headers before they are sent. */
  headers?: (signed: Record<string, string>) => OutgoingHttpHeaders;
  method?: string;
}

/** Reads the token that an administrator was shown. */
export function pairingOf(token: string): Pairing {
  const decoded = decodePairingToken(token);
  if (!decoded.ok) throw new Error(`The pairing token cannot be read: ${decoded.reason}`);
  return decoded.pairing;
}

/** The pairing of the world's relay. */
export async function pairingOfRelay(world: World): Promise<Pairing> {
  return pairingOf(await readFile(join(world.sandbox.dataDir, 'pairing-token'), 'utf8'));
}

/** Whoever can reach the web trigger, with or without the right keys. */
export class InboxCaller {
  constructor(
    private readonly world: World,
    readonly pairing: Pairing,
  ) {}

  /** Calls with a body, a text or something that becomes JSON, in the form of a relay but for what `form` says. */
  async call(body: unknown, form: CallForm = {}): Promise<InboxReply & { isSigned: boolean }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { clock } = this.world.sandbox;
    const now = clock.now() / 1000 + (form.aheadSeconds ?? 0);
    const { connectionId, keyId, secret } = this.pairing;
    const id = {
      connectionId: form.connectionId ?? connectionId,
      keyId: form.keyId ?? keyId,
      uuid: randomUUID(),
    };
    const key = { keyId: id.keyId, secret: form.secret ?? secret };
    const signed = {
      ...signRequest({ role: form.role ?? 'relay-to-app', id, keys: [key], body: text, now }),
    };
    const reply = await send(
      this.pairing.webTriggerUrl,
      text,
      form.headers === undefined ? signed : form.headers(signed),
      form.method ?? 'POST',
    );
    const verified = verifyAnswer({
      role: 'relay-to-app-answer',
      requestId: signed['webhook-id'],
      headers: reply.headers,
      status: reply.status,
      body: reply.body,
      keys: [{ keyId, secret }],
      maxBodyBytes: 5_000_000,
      now: clock.now() / 1000,
    });
    return { ...reply, isSigned: verified.ok };
  }
}

/** Sends exactly these headers, repeated ones included. */
export function send(
  url: string,
  body: string,
  headers: OutgoingHttpHeaders,
  method = 'POST',
): Promise<InboxReply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
