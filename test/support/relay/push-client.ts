import { randomUUID } from 'node:crypto';
import { fetch } from 'undici';
import { MAX_PUSH_ANSWER_BYTES } from '../../../contract/push';
import { signRequest, verifyAnswer, type SignatureHeaders } from '../../../contract/signing';
import type { RelayRig } from './relay-rig';

/** What a caller may do differently from the app. */
export interface PushOptions {
  token: string | undefined;
  role?: 'app-to-relay' | 'relay-to-app';
  secret?: string;
  connectionId?: string;
  /** Unix seconds. */
  signedAt?: number;
  /** Sent in place of what was signed. */
  body?: string;
  headers?: Record<string, string>;
  /** Headers of an earlier call, sent once more. */
  replay?: SignatureHeaders;
}

/** An answer, its body read when it is signed for this very call. */
export interface PushAnswer {
  status: number;
  isSigned: boolean;
  message: unknown;
  signature: SignatureHeaders;
  retryAfter: string | null;
}

/** Calls the relay's listener as the platform does for the app, over a socket. */
export async function push(
  rig: RelayRig,
  path: string,
  message: object,
  options: PushOptions,
): Promise<PushAnswer> {
  const signed = JSON.stringify(message);
  const { keyId, secret, connectionId } = rig.pairing;
  const signature =
    options.replay ??
    signRequest({
      role: options.role ?? 'app-to-relay',
      id: { connectionId: options.connectionId ?? connectionId, keyId, uuid: randomUUID() },
      keys: [{ keyId, secret: options.secret ?? secret }],
      body: signed,
      now: options.signedAt ?? Date.now() / 1000,
    });
  const response = await fetch(`${rig.pushUrl}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...signature,
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    body: options.body ?? signed,
  });
  const body = await response.text();
  const verified = verifyAnswer({
    role: 'app-to-relay-answer',
    requestId: signature['webhook-id'],
    headers: Object.fromEntries(response.headers),
    ...{ status: response.status, body, keys: [{ keyId, secret }] },
    ...{ maxBodyBytes: MAX_PUSH_ANSWER_BYTES, now: Date.now() / 1000 },
  });
  const text: unknown = body === '' ? undefined : JSON.parse(body);
  return {
    status: response.status,
    isSigned: verified.ok,
    message: verified.ok ? text : body,
    signature,
    retryAfter: response.headers.get('retry-after'),
  };
}
