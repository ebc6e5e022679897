import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialValues, demoTenants } from '../../../../scripts/demo/tenants.ts';
import { TENANT } from '../../../../scripts/sandbox/state/model.ts';
import { redactTenant, redactWorkspace } from '../../../../scripts/sandbox/state/redact.ts';
import { treesOf } from '../support.ts';

const NO_KEYS = {
  keys: null,
  next_signing_key: null,
  next_encryption_key: null,
  revoked_signing_keys: null,
  revoked_encryption_keys: null,
  rotated_keys_limit: 0,
  revoked_keys_limit: 0,
};

describe('redactWorkspace', () => {
  it('shows blank strings, null lists and an empty key set for what the workspace itself holds', () => {
    const workspace = {
      name: 'Customers',
      secret: 's',
      rotated_secrets: ['old'],
      subject_identifier_algorithm_salt: 'salt',
      jwks: { keys: [{ kty: 'EC', d: 'd' }], rotated_keys_limit: 1 },
    };
    expect(redactWorkspace(workspace)).toEqual({
      name: 'Customers',
      secret: '',
      rotated_secrets: null,
      subject_identifier_algorithm_salt: '',
      jwks: NO_KEYS,
    });
  });

  it('empties the strings of backchannel credentials and keeps their names', () => {
    const credentials = {
      username: 'u',
      password: 'p',
      api_key_name: 'n',
      api_key_value: 'v',
      api_key_in: 'header',
    };
    const workspace = {
      ciba_authentication_service: { type: 'external', external: { url: 'https://a', credentials } },
    };
    expect(redactWorkspace(workspace)).toEqual({
      ciba_authentication_service: {
        type: 'external',
        external: {
          url: 'https://a',
          credentials: { username: '', password: '', api_key_name: '', api_key_value: '', api_key_in: '' },
        },
      },
    });
  });

  it.each([
    ['a client', (client: object) => ({ clients: { portal: client } })],
    ['the client of an identity provider', (client: object) => ({ idps: { google: { client } } })],
    ['the client of a gateway', (client: object) => ({ gateways: { edge: { client } } })],
    ['the client of a custom app', (client: object) => ({ custom_apps: { terms: { client } } })],
    ['the client of the consent page', (client: object) => ({ server_consent: { client } })],
    [
      'the client of the backchannel service',
      (client: object) => ({ ciba_authentication_service: { client } }),
    ],
  ])('blanks the secrets of %s', (_name, place) => {
    const client = {
      client_name: 'Portal',
      client_secret: 'secret',
      hashed_secret: 'hash',
      rotated_secrets: ['old'],
      hashed_rotated_secrets: ['old hash'],
      registration_token: { signature: 'sig', expires_in: 5 },
      saml_idp_signing_key: { d: 'd' },
      jwks: { keys: [{ kty: 'EC', x: 'x' }] },
    };
    const redacted = {
      client_name: 'Portal',
      client_secret: '',
      hashed_secret: '',
      rotated_secrets: null,
      hashed_rotated_secrets: null,
      registration_token: { signature: '', expires_in: 5 },
      saml_idp_signing_key: null,
      jwks: { keys: null },
    };
    expect(redactWorkspace(place(client) as never)).toEqual(place(redacted));
  });

  it('blanks upstream credentials, salts of provisioning and keys of webhooks', () => {
    const workspace = {
      idps: {
        google: {
          credentials: { google: { client_secret: 's' } },
          jit: { provisioning: { identifier_salt: 's' } },
        },
      },
      webhooks: { audit: { url: 'https://a', api_key: 'k' } },
    };
    expect(redactWorkspace(workspace)).toEqual({
      idps: { google: { credentials: null, jit: { provisioning: { identifier_salt: '' } } } },
      webhooks: { audit: { url: 'https://a', api_key: '' } },
    });
  });

  it('leaves public trust keys, and null where nothing was set', () => {
    const workspace = {
      jwks: null,
      trust_anchor_configuration: { jwks: { keys: [{ kty: 'RSA', n: 'n' }] } },
      clients: { spa: { client_secret: null, jwks: null } },
    };
    expect(redactWorkspace(workspace)).toEqual(workspace);
  });
});

describe('redactTenant', () => {
  it('blanks tenant keys, credentials of multi-factor methods and of phone providers', () => {
    const tree = {
      name: 'Acme',
      jwks: { keys: [{ d: 'd' }] },
      mfa_methods: { sms: { mechanism: 'sms', auth: { sms: { sid: 'i', auth_token: 't' } } } },
      phone_provider_config: {
        active: true,
        providers: [{ twilio: { sid: 'i', auth_token: 't' } }, { telesign: { a: 1 } }],
      },
    };
    expect(redactTenant(tree)).toEqual({
      name: 'Acme',
      jwks: NO_KEYS,
      mfa_methods: { sms: { mechanism: 'sms', auth: null } },
      phone_provider_config: {
        active: true,
        providers: [{ twilio: { sid: 'i', auth_token: '' } }, { telesign: null }],
      },
    });
  });

  it.each(demoTenants())('leaves none of the credentials of $id in sight', ({ tree }) => {
    const text = JSON.stringify(redactTenant(tree));
    const seen = credentialValues(tree).filter((value) => text.includes(JSON.stringify(value).slice(1, -1)));
    expect(seen).toEqual([]);
    expect(credentialValues(redactTenant(tree))).toEqual([]);
  });

  it('changes nothing that is redacted already, and never its input', () => {
    fc.assert(
      fc.property(treesOf(TENANT), (tree) => {
        const before = structuredClone(tree);
        const once = redactTenant(tree);
        expect(tree).toEqual(before);
        expect(redactTenant(once)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });
});
