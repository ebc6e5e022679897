import * as oauth from 'oauth4webapi';
import type { Enrolment } from '../enrolment/enrolment.ts';
import { jwkOf, readPrivateKey, SIGNATURE_ALGORITHMS, signatureAlgorithm } from '../enrolment/private-key.ts';

/** Builds the authentication of a client at the token endpoint.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 secrets are form-encoded before they are joined
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2 assertions signed by the client's key
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2 certificates, which the connection presents */
export async function authenticationOf(
  enrolment: Enrolment,
): Promise<{ client: oauth.Client; authentication: oauth.ClientAuth }> {
  const client: oauth.Client = { client_id: enrolment.clientId };
  switch (enrolment.authentication) {
    case 'client_secret_basic':
      return { client, authentication: oauth.ClientSecretBasic(enrolment.clientSecret) };
    case 'client_secret_post':
      return { client, authentication: oauth.ClientSecretPost(enrolment.clientSecret) };
    case 'private_key_jwt':
      return { client, authentication: await assertionOf(enrolment) };
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      return {
        client: { ...client, use_mtls_endpoint_aliases: true },
        authentication: oauth.TlsClientAuth(),
      };
  }
}

async function assertionOf({
  privateKey,
  keyId,
  algorithm: told,
}: Extract<Enrolment, { authentication: 'private_key_jwt' }>): Promise<oauth.ClientAuth> {
  const algorithm = signatureAlgorithm(privateKey, told);
  if (algorithm === undefined) throw new TypeError('a valid enrolment has a key that can sign');
  const kid = keyId ?? jwkOf(privateKey)?.['kid'];
  const key = readPrivateKey(privateKey).toCryptoKey(SIGNATURE_ALGORITHMS[algorithm], false, ['sign']);
  return oauth.PrivateKeyJwt(typeof kid === 'string' ? { key, kid } : key, {
    [oauth.modifyAssertion](header) {
      // The library says `Ed25519`, which few servers know yet.
      header['alg'] = algorithm;
    },
  });
}
