import { Headers, Response, type Agent } from 'undici';
import { z } from 'zod';

/*
 * The parts of a fetch call that functions make, read with care: they come from the bundle, which under a test runner has classes
 * of its own.
 */

const headerPairs = z.union([
  z.record(z.string(), z.string()),
  z.array(z.tuple([z.string(), z.string()])).transform((pairs) => Object.fromEntries(pairs)),
]);
const initSchema = z
  .object({
    method: z.string().default('GET'),
    headers: z.unknown().optional(),
    body: z.union([z.string(), z.instanceof(Uint8Array)]).nullish(),
  })
  .default({ method: 'GET', headers: undefined, body: undefined });

/** A request as a function asked for it. */
export interface AppRequest {
  method: string;
  headers: Headers;
  body: string | Uint8Array | undefined;
}

/** What undici's fetch needs to reuse connections. */
export type Connections = Agent;

/**
 * Reads the second argument of a fetch.
 * @throws Error for bodies other than text and bytes, which are not modelled.
 */
export function readInit(init: unknown): AppRequest {
  const { method, headers, body } = initSchema.parse(init ?? undefined);
  return { method: method.toUpperCase(), headers: readHeaders(headers), body: body ?? undefined };
}

function readHeaders(given: unknown): Headers {
  if (given === undefined || given === null) return new Headers();
  const isIterable = typeof given === 'object' && Symbol.iterator in given;
  const pairs = isIterable ? Array.from(given as Iterable<unknown>) : given;
  return new Headers(headerPairs.parse(pairs));
}

/** The text of a request's body. */
export function bodyText({ body }: AppRequest): string {
  return typeof body === 'string' ? body : Buffer.from(body ?? []).toString('utf8');
}

/** An answer that the platform itself gives. */
export function jsonResponse(status: number, body?: unknown, headers: Record<string, string> = {}): Response {
  if (body === undefined) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** A refusal by the platform's proxy, which the Forge packages turn into an error. */
export function proxyError(status: number, code: string): Response {
  return jsonResponse(status, { code }, { 'forge-proxy-error': code });
}
