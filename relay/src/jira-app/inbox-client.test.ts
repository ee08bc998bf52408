import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApplyItem } from '../../../contract/relay-inbox';
import { findSigningKey, readSignedMessage, signAnswer } from '../../../contract/signing';
import type { Pairing } from '../../../contract/pairing-token';
import { ManualClock } from '../../../test/support/relay/manual-clock';
import { RecordingLog } from '../../../test/support/relay/recorders';
import type { JiraApp } from '../ports';
import { createJiraApp } from './inbox-client';

const NOW = Date.UTC(2026, 10, 24, 14, 0, 0);
const key = { keyId: 'key-1', secret: Buffer.alloc(32, 7).toString('base64url') };

interface Answer {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
  /** Unix seconds. */
  signedAt?: number;
  /** What is put over the signed answer, after signing. */
  tampered?: { status?: number; body?: string; id?: string };
  isUnsigned?: boolean;
  never?: boolean;
}

const hello = {
  relay: { version: '0.1.0', startedAt: '2026-11-24T14:00:00Z' },
  cluster: { name: 'test.cluster', caFingerprint: 'ab'.repeat(32), version: '18', reviews: true },
  decisions: { mode: 'observe' as const, accept: [], ceiling: [] },
  identity: { user: 'bot' },
  health: { state: 'in_step' as const, waiting: 0, failed: 0, olderRequests: 0, problems: [] },
};
const helloAnswer = {
  v: 1,
  op: 'hello',
  connection: 'confirmed',
  helloAfterSeconds: 15,
  decisions: [],
  statusToken: 't',
};

describe('createJiraApp', () => {
  let server: Server;
  let app: JiraApp & { close(): Promise<void> };
  let clock: ManualClock;
  let pairing: Pairing;
  let next: (body: string) => Answer;
  let seen: { request: IncomingMessage; body: string }[];
  const signal = new AbortController().signal;

  beforeEach(async () => {
    clock = new ManualClock(NOW);
    seen = [];
    next = () => ({ body: JSON.stringify(helloAnswer) });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        seen.push({ request, body });
        const answer = next(body);
        if (answer.never === true) return;
        const status = answer.status ?? 200;
        const text = answer.body ?? '';
        const requestId = answer.tampered?.id ?? String(request.headers['webhook-id']);
        const signed = signAnswer({
          role: 'relay-to-app-answer',
          requestId,
          key,
          status,
          body: text,
          now: answer.signedAt ?? NOW / 1000,
        });
        response.writeHead(answer.tampered?.status ?? status, {
          ...(answer.isUnsigned === true ? {} : signed),
          ...answer.headers,
        });
        response.end(answer.tampered?.body ?? text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    pairing = {
      webTriggerUrl: `http://127.0.0.1:${port}/public/inbox`,
      connectionId: 'connection',
      ...key,
      cloudId: 'cloud',
      appId: 'app',
      environmentId: 'environment',
    };
    app = createJiraApp({ pairing, clock, callWithinMs: 300 });
  });

  afterEach(async () => {
    await app.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('signs what it sends, so that the app’s own check accepts it', async () => {
    expect(await app.hello(hello, signal)).toMatchObject({ ok: true, value: { connection: 'confirmed' } });
    const { request, body } = seen[0]!;
    expect(JSON.parse(body)).toMatchObject({ v: 1, op: 'hello' });
    const read = readSignedMessage({
      headers: request.headers,
      body,
      maxBodyBytes: 1_000_000,
      now: NOW / 1000,
    });
    if (!read.ok) throw new Error(read.problem);
    expect(read.message.id).toMatchObject({ connectionId: 'connection', keyId: 'key-1' });
    expect(findSigningKey(read.message, 'relay-to-app', body, [key])).toEqual(key);
  });

  it.each<[string, Answer]>([
    ['without a signature', { isUnsigned: true }],
    ['with another status than the signed one', { status: 400, tampered: { status: 200 } }],
    [
      'with another body than the signed one',
      { tampered: { body: JSON.stringify({ ...helloAnswer, helloAfterSeconds: 1 }) } },
    ],
    [
      'that belongs to another call',
      { tampered: { id: 'connection.key-1.00000000-0000-0000-0000-000000000000' } },
    ],
  ])('drops an answer %s', async (_case, answer) => {
    next = () => ({ body: JSON.stringify(helloAnswer), ...answer });
    expect(await app.hello(hello, signal)).toMatchObject({ ok: false, kind: 'unreachable' });
  });

  it('drops an answer that is too old', async () => {
    next = () => ({ body: JSON.stringify(helloAnswer), signedAt: NOW / 1000 - 301 });
    expect(await app.hello(hello, signal)).toMatchObject({ ok: false, kind: 'unreachable' });
  });

  it('drops an answer of a shape that it does not know', async () => {
    next = () => ({ body: JSON.stringify({ ...helloAnswer, connection: 'maybe' }) });
    expect(await app.hello(hello, signal)).toMatchObject({ ok: false, kind: 'unreachable' });
  });

  it.each(['bad_message', 'unknown_version', 'not_confirmed', 'wrong_cluster'])(
    'reads the refusal %s',
    async (code) => {
      next = () => ({ status: code === 'unknown_version' ? 426 : 400, body: JSON.stringify({ v: 1, code }) });
      expect(await app.hello(hello, signal)).toMatchObject({ ok: false, kind: 'refused', code });
    },
  );

  it('does not believe a refusal without a signature', async () => {
    next = () => ({ status: 400, body: JSON.stringify({ v: 1, code: 'not_confirmed' }), isUnsigned: true });
    expect(await app.hello(hello, signal)).toMatchObject({ ok: false, kind: 'unreachable' });
  });

  it.each([404, 410])('takes the platform’s %i for the app being gone', async (status) => {
    next = () => ({ status, isUnsigned: true });
    expect(await app.hello(hello, signal)).toMatchObject({ ok: false, kind: 'uninstalled' });
  });

  it.each<[string, string | undefined, number | undefined]>([
    ['seconds', '120', 120],
    ['nothing', undefined, undefined],
    ['nonsense', 'soon', undefined],
  ])('obeys a Retry-After that says %s', async (_case, value, expected) => {
    next = () => ({
      status: 429,
      isUnsigned: true,
      ...(value !== undefined && { headers: { 'retry-after': value } }),
    });
    const answer = await app.hello(hello, signal);
    expect(answer).toMatchObject({ ok: false, kind: 'unreachable' });
    expect('retryAfterSeconds' in answer ? answer.retryAfterSeconds : undefined).toBe(expected);
  });

  it('logs requests with the id of the call that told of them, which the app logs as well', async () => {
    const log = new RecordingLog();
    const talkative = createJiraApp({ pairing, clock, log, callWithinMs: 10_000 });
    const results = [{ requestId: 'request-1', result: 'skipped' }];
    next = () => ({ body: JSON.stringify({ v: 1, op: 'apply', results }) });
    await talkative.apply('test.cluster', [{ requestId: 'request-1' }], signal);
    const callId = String(seen[0]!.request.headers['webhook-id']).split('.').at(-1);
    expect(log.lines.map(({ facts }) => facts)).toEqual([
      { callId, requests: 'request-1' },
      { callId, result: expect.stringContaining('request-1 skipped') as string },
    ]);
    await talkative.close();
  });

  it('gives up on an answer that does not come, and on one that is too large', async () => {
    next = () => ({ never: true });
    expect(await app.hello(hello, signal)).toMatchObject({
      ok: false,
      text: 'the app did not answer in time',
    });
    // Five megabytes take their time on a busy machine.
    const patient = createJiraApp({ pairing, clock, callWithinMs: 10_000 });
    next = () => ({ body: 'x'.repeat(5_000_001) });
    expect(await patient.hello(hello, signal)).toMatchObject({
      ok: false,
      text: 'the app’s answer is too large',
    });
    await patient.close();
  });

  it('says that nobody listens', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await app.hello(hello, signal)).toMatchObject({
      ok: false,
      text: 'the app’s address refuses connections',
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('ends a call when the relay stops', async () => {
    next = () => ({ never: true });
    const stopping = new AbortController();
    const answer = app.hello(hello, stopping.signal);
    stopping.abort();
    expect(await answer).toMatchObject({ ok: false, text: 'the relay is stopping' });
  });

  it('reads all pages of links', async () => {
    const link = (requestId: string) => ({ requestId, syncDigest: '', state: 'PENDING', phase: 'creating' });
    next = (body) => {
      const { pageToken } = JSON.parse(body) as { pageToken?: string };
      const page =
        pageToken === undefined ? { links: [link('one')], nextPageToken: 'p2' } : { links: [link('two')] };
      return { body: JSON.stringify({ v: 1, op: 'open', ...page }) };
    };
    const answer = await app.open('test.cluster', signal);
    expect(answer.ok && answer.value.map((each) => each.requestId)).toEqual(['one', 'two']);
  });

  it('ends when pages of links do not', async () => {
    next = () => ({ body: JSON.stringify({ v: 1, op: 'open', links: [], nextPageToken: 'again' }) });
    expect(await app.open('test.cluster', signal)).toMatchObject({ ok: false, kind: 'unreachable' });
  });

  it('sends requests with the cluster they belong to', async () => {
    const item: ApplyItem = { requestId: 'one', gone: { observedAt: '2026-11-24T14:00:00Z' } };
    next = () => ({
      body: JSON.stringify({ v: 1, op: 'apply', results: [{ requestId: 'one', result: 'skipped' }] }),
    });
    expect(await app.apply('test.cluster', [item], signal)).toEqual({
      ok: true,
      value: [{ requestId: 'one', result: 'skipped' }],
    });
    expect(JSON.parse(seen[0]!.body)).toEqual({ v: 1, op: 'apply', cluster: 'test.cluster', items: [item] });
  });
});
