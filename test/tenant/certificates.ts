import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MILLISECONDS = 86_400_000;

/** A certificate and its key, both in PEM. */
export interface Certified {
  readonly certificate: string;
  readonly privateKey: string;
}

/** An authority of our own, for the length of a test. */
export interface Authority extends Certified {
  /** @param hosts names or addresses that a server's certificate is for */
  certify(subject: string, hosts?: readonly string[]): Promise<Certified>;
}

const pem = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const lifetime = () => ({
  notBefore: new Date(Date.now() - DAY_MILLISECONDS),
  notAfter: new Date(Date.now() + DAY_MILLISECONDS),
});

/** A certificate that nobody but its key has signed. */
export async function selfSigned(subject: string): Promise<Certified> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    signingAlgorithm: ALGORITHM,
    ...lifetime(),
  });
  return { certificate: certificate.toString('pem'), privateKey: await pem(keys.privateKey) };
}

export async function createAuthority(subject = 'CN=An authority of our own'): Promise<Authority> {
  const keys = await makeKeys();
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    signingAlgorithm: ALGORITHM,
    ...lifetime(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: own.toString('pem'),
    privateKey: await pem(keys.privateKey),
    async certify(name, hosts = []) {
      const certified = await makeKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: name,
        issuer: own.subject,
        publicKey: certified.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...lifetime(),
        extensions: [
          new x509.SubjectAlternativeNameExtension(
            hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
          ),
        ],
      });
      return { certificate: certificate.toString('pem'), privateKey: await pem(certified.privateKey) };
    },
  };
}
