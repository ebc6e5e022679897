import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { isJsonObject, type Json, type JsonObject, memberOf } from './json.ts';

/** Clients that authenticate with a key: by signed assertions (RFC 7523) or certificates (RFC 8705). */

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A certificate of the caller, and whether a trusted CA signed it. */
export interface ShownCertificate {
  readonly certificate: X509Certificate;
  readonly trusted: boolean;
}

/** @returns undefined on a connection that asks for none */
export function certificateOf({ socket }: IncomingMessage): ShownCertificate | undefined {
  const raw = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined;
  if (!raw || !(socket instanceof TLSSocket)) return undefined;
  return { certificate: new X509Certificate(raw), trusted: socket.authorized };
}

/** @see https://www.rfc-editor.org/rfc/rfc8705#section-3.1 */
export const thumbprint = ({ raw }: X509Certificate): string =>
  createHash('sha256').update(raw).digest('base64url');

/** Returns the claimed issuer of an assertion, unchecked. */
export function assertedClient(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub;
  } catch {
    return undefined;
  }
}

/** Returns whether the client signed the assertion recently, and for this audience.
 * @param algorithms that the workspace accepts; none for all
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-3 */
export async function isSignedBy(
  client: JsonObject,
  clientId: string,
  assertion: string,
  { audiences, now, algorithms }: { audiences: readonly string[]; now: Date; algorithms: readonly string[] },
): Promise<boolean> {
  const jwks = memberOf(client, 'jwks');
  if (!isJsonObject(jwks)) return false;
  try {
    await jwtVerify(assertion, createLocalJWKSet(jwks as unknown as JSONWebKeySet), {
      issuer: clientId,
      subject: clientId,
      audience: [...audiences],
      requiredClaims: ['exp', 'jti'],
      currentDate: now,
      ...(algorithms.length > 0 && { algorithms: [...algorithms] }),
    });
    return true;
  } catch {
    return false;
  }
}

/** Returns whether a trusted CA signed the certificate, for the subject that the client registered.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2.1 */
export function hasSubject(client: JsonObject, { certificate, trusted }: ShownCertificate): boolean {
  const registered = memberOf(client, 'tls_client_auth_subject_dn');
  if (!trusted || typeof registered !== 'string' || registered === '') return false;
  // Written from the leaf up by RFC 4514, from the root down by Node.
  return namesIn(registered, ',') === namesIn(certificate.subject, '\n');
}

/** Returns whether one of the authorities of a workspace signed the certificate. A workspace without authorities leaves that to the
 * connection.
 * @param authorities PEM of any number of certificates */
export function isIssuedBy(authorities: Json | undefined, { certificate }: ShownCertificate): boolean {
  if (typeof authorities !== 'string' || authorities.trim() === '') return true;
  const pems =
    authorities.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  return pems
    .map((pem) => new X509Certificate(pem))
    .some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}

const namesIn = (subject: string, separator: string): string =>
  JSON.stringify(
    subject
      .split(separator)
      .map((name) => name.trim())
      .sort(),
  );

/** Returns whether the client registered the certificate with its keys.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2.2 */
export function isRegistered(client: JsonObject, { certificate }: ShownCertificate): boolean {
  const keys = memberOf(memberOf(client, 'jwks'), 'keys');
  if (!Array.isArray(keys)) return false;
  return keys.some((key) => {
    const [first] = [memberOf(key, 'x5c')].flat();
    return typeof first === 'string' && Buffer.from(first, 'base64').equals(certificate.raw);
  });
}
