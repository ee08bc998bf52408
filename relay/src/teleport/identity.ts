import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
// Node 20 leaves `tls` without createSecureContext when a certificate's toLegacyObject is called before it was loaded.
import 'node:tls';
import { readPemBlocks, type PemBlock } from './pem';

/** What an identity file holds, checked to belong together. */
export interface Identity {
  /** Common name of the certificate's subject; bots are called `bot-…`. */
  user: string;
  /** Common name of the certificate's issuer. */
  clusterName: string;
  /**
   * SHA-256, lower-case hex, over the DER of the host CA certificates, without doubles and in the order of their bytes, so
   * that the order in the file does not matter.
   */
  caFingerprint: string;
  notBefore: Date;
  notAfter: Date;
  /** PEM texts, as `tls.connect` takes them. */
  tls: { key: string; cert: string; ca: string[] };
}

/** Why a file is no usable identity. The text repeats nothing of the file. */
export interface IdentityProblem {
  code:
    | 'empty'
    | 'cut_off'
    | 'no_key'
    | 'key_encrypted'
    | 'key_unreadable'
    | 'no_certificate'
    | 'certificate_unreadable'
    | 'no_authority'
    | 'mixed_up'
    | 'key_mismatch'
    | 'no_names';
  text: string;
}

/** Outcome of reading an identity. */
export type IdentityResult = { ok: true; identity: Identity } | { ok: false; problem: IdentityProblem };

const KEY_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/**
 * Reads an identity as `tctl auth sign --format=file` and tbot write it (Teleport, identity files): the first PEM block is
 * the private key, the second the TLS certificate, all others are TLS host CAs; SSH lines are of no use here. Dates are not
 * judged, since a file that is too old today may be renewed tomorrow: see `validityProblem`.
 */
export function parseIdentity(text: string): IdentityResult {
  const blocks = readPemBlocks(text);
  if (blocks === undefined) {
    return refuse('cut_off', 'a PEM block begins and does not end: the file is cut off or was being written');
  }
  const [keyBlock, certificateBlock, ...authorityBlocks] = blocks;
  if (keyBlock === undefined) return refuse('empty', 'it holds no PEM block: is it an identity file?');
  const key = readKey(keyBlock);
  if ('problem' in key) return { ok: false, problem: key.problem };
  if (certificateBlock === undefined)
    return refuse('no_certificate', 'it holds no TLS certificate after the key');
  if (authorityBlocks.length === 0) {
    return refuse('no_authority', "it holds no TLS certificate of the cluster's host CA");
  }
  if ([certificateBlock, ...authorityBlocks].some((block) => block.label !== 'CERTIFICATE')) {
    return refuse('mixed_up', 'a block after the key is no certificate: parts are in the wrong order');
  }
  const certificate = readCertificate(certificateBlock);
  const authorities = authorityBlocks.map(readCertificate);
  if (certificate === undefined || !authorities.every((authority) => authority !== undefined)) {
    return refuse('certificate_unreadable', 'a certificate in it cannot be read: the file is damaged');
  }
  if (certificate.ca || authorities.some((authority) => !authority.ca)) {
    return refuse(
      'mixed_up',
      'the certificate of the identity and those of the host CA are in the wrong order',
    );
  }
  if (!certificate.checkPrivateKey(key.key)) {
    return refuse('key_mismatch', 'the private key does not belong to the TLS certificate');
  }
  const user = firstOf(certificate.toLegacyObject().subject.CN);
  const issuer = certificate.toLegacyObject().issuer;
  const clusterName = firstOf(issuer.CN) ?? firstOf(issuer.O);
  if (user === undefined || clusterName === undefined) {
    return refuse('no_names', 'its TLS certificate names no user or no cluster: it is not of Teleport');
  }
  return {
    ok: true,
    identity: {
      user,
      clusterName,
      caFingerprint: fingerprint(authorities),
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
export function validityProblem(identity: Identity, now: number): string | undefined {
  if (now >= identity.notAfter.getTime()) {
    return `the certificate in the identity file expired at ${identity.notAfter.toISOString()}: renew the file`;
  }
  if (now < identity.notBefore.getTime()) {
    return `the certificate in the identity file holds only from ${identity.notBefore.toISOString()}: check the clock`;
  }
  return undefined;
}

function refuse(code: IdentityProblem['code'], text: string): { ok: false; problem: IdentityProblem } {
  return { ok: false, problem: { code, text } };
}

function readKey(block: PemBlock): { key: KeyObject } | { problem: IdentityProblem } {
  if (block.label === 'ENCRYPTED PRIVATE KEY' || block.text.includes('Proc-Type: 4,ENCRYPTED')) {
    return refuse('key_encrypted', 'its private key is encrypted; Teleport writes it in the clear');
  }
  if (!KEY_LABELS.includes(block.label)) {
    return refuse('no_key', 'it does not begin with a private key in PEM: is it an identity file?');
  }
  try {
    return { key: createPrivateKey(block.text) };
  } catch {
    return refuse('key_unreadable', 'its private key cannot be read: the file is damaged');
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

function fingerprint(authorities: readonly X509Certificate[]): string {
  const hash = createHash('sha256');
  const sorted = authorities.map((authority) => authority.raw).sort((a, b) => a.compare(b));
  sorted
    .filter((der, index) => index === 0 || !der.equals(sorted[index - 1] ?? Buffer.alloc(0)))
    .forEach((der) => hash.update(der));
  return hash.digest('hex');
}
