import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
// Node 20 leaves `tls` without createSecureContext when a certificate's toLegacyObject is called before it was loaded.
import 'node:tls';
import { readPemBlocks, type PemBlock } from './pem';
import { problem, type Problem, type ProblemCode } from './problems';

/** What an identity file holds, checked to belong together. */
export interface Identity {
  /** Common name of the certificate's subject; bots are called `bot-…`. */
  user: string;
  /** Common name of the certificate's issuer. */
  clusterName: string;
  /**
   * SHA-256, lower-case hex, over the DER of each host CA certificate, without doubles. The order is that of their beginning
   * and, among those of the same moment, of their bytes; that in the file does not matter.
   */
  caFingerprints: string[];
  notBefore: Date;
  notAfter: Date;
  /** PEM texts, as `tls.connect` takes them. */
  tls: { key: string; cert: string; ca: string[] };
}

/** Outcome of reading an identity. The problem repeats nothing of the file. */
export type IdentityResult = { ok: true; identity: Identity } | { ok: false; problem: Problem };

const KEY_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/**
 * Reads an identity as `tctl auth sign --format=file` and tbot write it (Teleport, identity files): the first PEM block is
 * the private key, the second the TLS certificate, all others are TLS host CAs; SSH lines are of no use here. Dates are not
 * judged, since a file that is too old today may be renewed tomorrow: see `validityProblem`.
 */
export function parseIdentity(text: string): IdentityResult {
  const blocks = readPemBlocks(text);
  if (blocks === undefined) {
    return refuse('identity_cut_off');
  }
  const [keyBlock, certificateBlock, ...authorityBlocks] = blocks;
  if (keyBlock === undefined) return refuse('identity_empty');
  const key = readKey(keyBlock);
  if ('problem' in key) return { ok: false, problem: key.problem };
  if (certificateBlock === undefined) return refuse('identity_no_certificate');
  if (authorityBlocks.length === 0) {
    return refuse('identity_no_authority');
  }
  if ([certificateBlock, ...authorityBlocks].some((block) => block.label !== 'CERTIFICATE')) {
    return refuse('identity_mixed_up');
  }
  const certificate = readCertificate(certificateBlock);
  const authorities = authorityBlocks.map(readCertificate);
  if (certificate === undefined || !authorities.every((authority) => authority !== undefined)) {
    return refuse('identity_certificate_unreadable');
  }
  if (certificate.ca || authorities.some((authority) => !authority.ca)) {
    return refuse('identity_mixed_up');
  }
  if (!certificate.checkPrivateKey(key.key)) {
    return refuse('identity_key_mismatch');
  }
  const user = firstOf(certificate.toLegacyObject().subject.CN);
  const issuer = certificate.toLegacyObject().issuer;
  const clusterName = firstOf(issuer.CN) ?? firstOf(issuer.O);
  if (user === undefined || clusterName === undefined) {
    return refuse('identity_no_names');
  }
  return {
    ok: true,
    identity: {
      user,
      clusterName,
      caFingerprints: fingerprints(authorities),
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
      tls: {
        key: keyBlock.text,
        cert: certificateBlock.text,
        ca: authorityBlocks.map((block) => block.text),
      },
    },
  };
}

/** Why an identity cannot be used at `now` (Unix milliseconds of the machine's clock), if so. */
export function validityProblem(identity: Identity, now: number): Problem | undefined {
  const { notAfter, notBefore } = identity;
  const which = 'the certificate in the identity file';
  if (now >= notAfter.getTime()) {
    return { ...problem('identity_expired'), text: `${which} expired at ${notAfter.toISOString()}` };
  }
  if (now < notBefore.getTime()) {
    return {
      ...problem('identity_not_yet_valid'),
      text: `${which} holds only from ${notBefore.toISOString()}`,
    };
  }
  return undefined;
}

function refuse(code: ProblemCode): { ok: false; problem: Problem } {
  return { ok: false, problem: problem(code) };
}

function readKey(block: PemBlock): { key: KeyObject } | { problem: Problem } {
  if (block.label === 'ENCRYPTED PRIVATE KEY' || block.text.includes('Proc-Type: 4,ENCRYPTED')) {
    return refuse('identity_key_encrypted');
  }
  if (!KEY_LABELS.includes(block.label)) {
    return refuse('identity_no_key');
  }
  try {
    return { key: createPrivateKey(block.text) };
  } catch {
    return refuse('identity_key_unreadable');
  }
}

function readCertificate(block: PemBlock): X509Certificate | undefined {
  try {
    return new X509Certificate(block.text);
  } catch {
    return undefined;
  }
}

function firstOf(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text === '' ? undefined : text;
}

function fingerprints(authorities: readonly X509Certificate[]): string[] {
  const since = (authority: X509Certificate): number => new Date(authority.validFrom).getTime();
  const sorted = [...authorities].sort((a, b) => since(a) - since(b) || a.raw.compare(b.raw));
  return [...new Set(sorted.map(({ raw }) => createHash('sha256').update(raw).digest('hex')))];
}
