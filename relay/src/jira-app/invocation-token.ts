import { verify } from 'node:crypto';
import { z } from 'zod';
import type { Pairing } from '../../../contract/pairing-token';
import type { KeyLookup } from './key-set';

/** The installation that tokens must come from. */
export type PinnedInstallation = Pick<Pairing, 'appId' | 'environmentId' | 'cloudId'>;

/**
 * Whether a token is genuine and of our app's functions. `unavailable` = it may be, but the platform's keys could not be read.
 * The problem is for logs only.
 */
export type TokenVerdict = { ok: true } | { ok: false; problem: TokenProblem };
export type TokenProblem =
  | 'oversized'
  | 'malformed'
  | 'algorithm'
  | 'issuer'
  | 'audience'
  | 'times'
  | 'environment'
  | 'site'
  | 'page'
  | 'module'
  | 'unknown_key'
  | 'unavailable'
  | 'signature';

/** Longest token that is looked at, in characters; genuine ones have about 2,000. */
export const MAX_TOKEN_LENGTH = 8192;
/** How far the clocks may differ, in seconds. */
const SKEW_SECONDS = 30;
/** Genuine tokens live for 25 s; one that claims much more is none. */
const MAX_LIFETIME_SECONDS = 300;
const ISSUER = 'forge/invocation-token';

const header = z.object({
  alg: z.string(),
  kid: z.string().regex(/^[\x21-\x7e]{1,256}$/),
  typ: z.literal('JWT').optional(),
  /** Extensions that must be understood (RFC 7515); none is. */
  crit: z.never().optional(),
});

const absent = z.null().optional();
const site = z.object({ cloudId: z.string().optional(), apiBaseUrl: z.string().optional() });
const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  iat: z.number().optional(),
  nbf: z.number(),
  exp: z.number(),
  app: z.object({
    id: z.string(),
    apiBaseUrl: z.string().optional(),
    environment: z.object({ id: z.string() }),
    module: z.object({ type: z.string() }),
    installation: z.object({ contexts: z.array(site).max(20).optional() }).optional(),
  }),
  principal: z.unknown().optional(),
  context: z.unknown().optional(),
  icLabel: z.unknown().optional(),
});
type Claims = z.infer<typeof claims>;

/**
 * Checks a Forge invocation token (Forge Remote, invocation contract): RS256 and nothing else, a published key, our app as
 * audience, the environment and site of the pairing, valid now. Pages can send tokens too, with the viewer in them; any token
 * with a person, a page's context or a user-interface module is refused, and so are those of Isolated Cloud.
 *
 * @param now Unix milliseconds.
 */
export async function verifyInvocationToken(
  token: string,
  pinned: PinnedInstallation,
  findKey: (keyId: string) => Promise<KeyLookup>,
  now: number,
): Promise<TokenVerdict> {
  if (token.length > MAX_TOKEN_LENGTH) return refuse('oversized');
  const parts = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token);
  const [, rawHeader = '', rawClaims = '', rawSignature = ''] = parts ?? [];
  const parsedHeader = header.safeParse(decode(rawHeader));
  const parsedClaims = claims.safeParse(decode(rawClaims));
  if (!parsedHeader.success || !parsedClaims.success) return refuse('malformed');
  // Judged before any key is looked for, so that what is not for us costs no call.
  if (parsedHeader.data.alg !== 'RS256') return refuse('algorithm');
  const problem = findProblem(parsedClaims.data, pinned, now / 1000);
  if (problem !== undefined) return refuse(problem);
  const found = await findKey(parsedHeader.data.kid);
  if (found.kind === 'unknown') return refuse('unknown_key');
  if (found.kind === 'unavailable') return refuse('unavailable');
  const isGenuine = verify(
    'RSA-SHA256',
    Buffer.from(`${rawHeader}.${rawClaims}`),
    found.key,
    Buffer.from(rawSignature, 'base64url'),
  );
  return isGenuine ? { ok: true } : refuse('signature');
}

function findProblem(token: Claims, pinned: PinnedInstallation, now: number): TokenProblem | undefined {
  const { app, iss, aud, nbf, exp, iat } = token;
  if (iss !== ISSUER) return 'issuer';
  const ours = appIdOf(pinned.appId);
  if (ours === undefined || aud !== `ari:cloud:ecosystem::app/${ours}` || app.id !== aud) return 'audience';
  const isNow = nbf <= now + SKEW_SECONDS && exp > now - SKEW_SECONDS && exp > nbf;
  const isIssued = iat === undefined || iat <= now + SKEW_SECONDS;
  if (!isNow || !isIssued || exp - nbf > MAX_LIFETIME_SECONDS) return 'times';
  const environment = environmentIdOf(app.environment.id, ours);
  if (environment === undefined || environment !== environmentIdOf(pinned.environmentId, ours)) {
    return 'environment';
  }
  if (!isOfSite(app, pinned.cloudId)) return 'site';
  if ([token.principal, token.context, token.icLabel].some((each) => !absent.safeParse(each).success)) {
    return 'page';
  }
  return app.module.type.startsWith('core:') ? undefined : 'module';
}

/** Every site that the token names is ours, and it names one. */
function isOfSite(app: Claims['app'], cloudId: string): boolean {
  const contexts = app.installation?.contexts ?? [];
  const named = [...contexts, { apiBaseUrl: app.apiBaseUrl }].flatMap((context) => {
    const ids = 'cloudId' in context && context.cloudId !== undefined ? [context.cloudId] : [];
    const fromUrl = /\/ex\/[a-z]+\/([^/]+)\/?$/.exec(context.apiBaseUrl ?? '')?.[1];
    return fromUrl === undefined ? ids : [...ids, fromUrl];
  });
  return named.length > 0 && named.every((id) => id === cloudId);
}

/** The bare id of an app that comes so or as an ARI. */
function appIdOf(text: string): string | undefined {
  return /^(?:ari:cloud:ecosystem::app\/)?([A-Za-z0-9-]+)$/.exec(text)?.[1];
}

/** The bare id of an environment that comes so or as an ARI, which names its app too. */
function environmentIdOf(text: string, appId: string): string | undefined {
  const [, ofApp, id] =
    /^(?:ari:cloud:ecosystem::environment\/([A-Za-z0-9-]+)\/)?([A-Za-z0-9-]+)$/.exec(text) ?? [];
  return ofApp === undefined || ofApp === appId ? id : undefined;
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function refuse(problem: TokenProblem): { ok: false; problem: TokenProblem } {
  return { ok: false, problem };
}
