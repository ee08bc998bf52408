import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3_600_000;
/** Sorts of keys that clusters give to identities, by their signature suite (Teleport, signature algorithms). */
const KEY_SORTS = {
  ecdsa: ALGORITHM,
  ed25519: { name: 'Ed25519' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const;

/** A sort of key. */
export type KeySort = keyof typeof KEY_SORTS;

const AUTH_NAMES = ['teleport.cluster.local', '*.teleport.cluster.local', 'localhost'];

interface Authority {
  certificate: X509Certificate;
  privateKey: webcrypto.CryptoKey;
}

/** Certificate and key in PEM. */
export interface KeyPair {
  certificate: string;
  privateKey: string;
}

/**
 * The throw-away certificate authorities of one cluster, as in Teleport: the host CA signs the Auth Service's certificate, the
 * user CA signs identities.
 */
export class ClusterPki {
  /** The host CA that a rotation brings; it signs servers and stands in identities from its beginning on. */
  private nextHostCa: Authority | undefined;

  private constructor(
    private readonly cluster: string,
    private hostCa: Authority,
    private readonly userCa: Authority,
  ) {}

  /** Makes both authorities. */
  static async create(cluster: string): Promise<ClusterPki> {
    return new ClusterPki(cluster, await createAuthority(cluster), await createAuthority(cluster));
  }

  /** PEM of the authorities that clients must trust: two during a rotation. */
  get hostCaPem(): string {
    const both = this.nextHostCa === undefined ? [this.hostCa] : [this.nextHostCa, this.hostCa];
    return both.map(({ certificate }) => pem(certificate)).join('');
  }

  /** Begins a rotation of the host CA: servers get certificates of the new one, clients must trust both. */
  async beginRotation(): Promise<void> {
    this.nextHostCa = await createAuthority(this.cluster, 0);
  }

  /** Ends the rotation: only the new host CA is left. */
  endRotation(): void {
    if (this.nextHostCa === undefined) return;
    this.hostCa = this.nextHostCa;
    this.nextHostCa = undefined;
  }

  /** PEM of the authority that the Auth Service must trust. */
  get userCaPem(): string {
    return pem(this.userCa.certificate);
  }

  /** SHA-256 of the host CA's certificate, lower-case hex; during a rotation that of the old one. */
  get caFingerprint(): string {
    return createHash('sha256').update(Buffer.from(this.hostCa.certificate.rawData)).digest('hex');
  }

  /** A certificate of the host CA: the Auth Service's with the names that Teleport puts into it, unless others are given. */
  async issueServer(dnsNames: readonly string[] = AUTH_NAMES): Promise<KeyPair> {
    const names = dnsNames.map((value) => ({
      type: 'dns' as const,
      value,
    }));
    return issue(this.nextHostCa ?? this.hostCa, `CN=auth.${this.cluster}`, DAY_MS, [
      new SubjectAlternativeNameExtension(names),
    ]);
  }

  /** An identity: subject CN = user, O = roles; issuer O and CN = cluster name. */
  async issueIdentity(
    user: string,
    roles: readonly string[],
    validForMs = DAY_MS,
    keySort: KeySort = 'ecdsa',
  ): Promise<KeyPair> {
    const subject = [`CN=${user}`, ...roles.map((role) => `O=${role}`)].join(',');
    return issue(this.userCa, subject, validForMs, [], keySort);
  }

  /**
   * The text of an identity file as `tctl auth sign --format=file` and tbot write it: key, SSH certificate, TLS certificate,
   * SSH CAs, TLS CAs. The SSH lines have the right form and no use.
   */
  async identityFile(
    user: string,
    roles: readonly string[],
    validForMs?: number,
    keySort?: KeySort,
  ): Promise<string> {
    return this.identityText(await this.issueIdentity(user, roles, validForMs, keySort));
  }

  /** The files of a tbot output of the type identity that matter for TLS, by name; `identity` holds all in one. */
  async tbotFiles(
    user: string,
    roles: readonly string[],
    validForMs?: number,
  ): Promise<Record<'identity' | 'key' | 'tlscert' | 'teleport-host-ca.crt', string>> {
    const pair = await this.issueIdentity(user, roles, validForMs);
    return {
      identity: this.identityText(pair),
      key: pair.privateKey,
      tlscert: pair.certificate,
      'teleport-host-ca.crt': this.hostCaPem,
    };
  }

  private identityText(pair: KeyPair): string {
    const sshCertificate = `ssh-ed25519-cert-v01@openssh.com ${sshBlob()}\n`;
    const sshAuthority = `@cert-authority *.${this.cluster} ssh-ed25519 ${sshBlob()} type=host\n`;
    return [pair.privateKey, sshCertificate, pair.certificate, sshAuthority, this.hostCaPem].join('');
  }
}

/** A CA of the web, for the certificates that browsers see; the cluster's identities know nothing of it. */
export class WebPki {
  private constructor(private readonly authority: Authority) {}

  /** Makes the CA, named `name`. */
  static async create(name: string): Promise<WebPki> {
    return new WebPki(await createAuthority(name));
  }

  get caPem(): string {
    return pem(this.authority.certificate);
  }

  /** A server certificate for the given names. */
  issue(dnsNames: readonly string[]): Promise<KeyPair> {
    const names = dnsNames.map((value) => ({ type: 'dns' as const, value }));
    return issue(this.authority, `CN=${dnsNames[0] ?? ''}`, DAY_MS, [
      new SubjectAlternativeNameExtension(names),
    ]);
  }
}

async function createAuthority(cluster: string, ageMs = DAY_MS): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const name = `O=${cluster},CN=${cluster}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    notBefore: new Date(Date.now() - ageMs),
    notAfter: new Date(Date.now() + 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      // Old and new authority of a rotation have the same name: only their keys tell them apart.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, privateKey: keys.privateKey };
}

async function issue(
  authority: Authority,
  subject: string,
  validForMs: number,
  extensions: SubjectAlternativeNameExtension[],
  keySort: KeySort = 'ecdsa',
): Promise<KeyPair> {
  const keys = await generateKeys(keySort);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + validForMs),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    extensions: [...extensions, await AuthorityKeyIdentifierExtension.create(authority.certificate)],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: pem(certificate),
    privateKey: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
  };
}

async function generateKeys(sort: KeySort): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(KEY_SORTS[sort], true, ['sign', 'verify']);
  if ('privateKey' in keys) return keys;
  throw new Error(`${sort} gives no pair of keys`);
}

function sshBlob(): string {
  return `AAAA${randomBytes(48).toString('base64')}`;
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

function serial(): string {
  return `01${randomBytes(8).toString('hex')}`;
}
