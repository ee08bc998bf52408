import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3_600_000;

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
  private constructor(
    private readonly cluster: string,
    private readonly hostCa: Authority,
    private readonly userCa: Authority,
  ) {}

  /** Makes both authorities. */
  static async create(cluster: string): Promise<ClusterPki> {
    return new ClusterPki(cluster, await createAuthority(cluster), await createAuthority(cluster));
  }

  /** PEM of the authority that clients must trust. */
  get hostCaPem(): string {
    return pem(this.hostCa.certificate);
  }

  /** PEM of the authority that the Auth Service must trust. */
  get userCaPem(): string {
    return pem(this.userCa.certificate);
  }

  /** SHA-256 of the host CA's certificate, lower-case hex. */
  get caFingerprint(): string {
    return createHash('sha256').update(Buffer.from(this.hostCa.certificate.rawData)).digest('hex');
  }

  /** A certificate of the host CA: the Auth Service's with the names that Teleport puts into it, unless others are given. */
  async issueServer(dnsNames: readonly string[] = AUTH_NAMES): Promise<KeyPair> {
    const names = dnsNames.map((value) => ({
      type: 'dns' as const,
      value,
    }));
    return issue(this.hostCa, `CN=auth.${this.cluster}`, DAY_MS, [
      new SubjectAlternativeNameExtension(names),
    ]);
  }

  /** An identity: subject CN = user, O = roles; issuer O and CN = cluster name. */
  async issueIdentity(user: string, roles: readonly string[], validForMs = DAY_MS): Promise<KeyPair> {
    const subject = [`CN=${user}`, ...roles.map((role) => `O=${role}`)].join(',');
    return issue(this.userCa, subject, validForMs, []);
  }

  /**
   * The text of an identity file as `tctl auth sign --format=file` and tbot write it: key, SSH certificate, TLS certificate,
   * SSH CAs, TLS CAs. The SSH lines have the right form and no use.
   */
  async identityFile(user: string, roles: readonly string[], validForMs?: number): Promise<string> {
    const pair = await this.issueIdentity(user, roles, validForMs);
    const sshCertificate = `ssh-ed25519-cert-v01@openssh.com ${sshBlob()}\n`;
    const sshAuthority = `@cert-authority *.${this.cluster} ssh-ed25519 ${sshBlob()} type=host\n`;
    return [pair.privateKey, sshCertificate, pair.certificate, sshAuthority, this.hostCaPem].join('');
  }
}

async function createAuthority(cluster: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const name = `O=${cluster},CN=${cluster}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, privateKey: keys.privateKey };
}

async function issue(
  authority: Authority,
  subject: string,
  validForMs: number,
  extensions: SubjectAlternativeNameExtension[],
): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + validForMs),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    extensions,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: pem(certificate),
    privateKey: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
  };
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
