import { describe, expect, it } from 'vitest';
import { planDumpChanges } from '../../../functions/config/change/dump-change-set.ts';
import { dumpWarnings } from '../../../functions/config/change/dump-warnings.ts';
import type { Json, JsonObject } from '../../../functions/config/json/json.ts';

const of = { tenant_id: 't', authorization_server_id: 'shop' };
const dumpOf = (secret: Json): JsonObject => ({
  servers: [{ tenant_id: 't', id: 'shop', name: 'Shop', secret: 'of-workspace' }],
  clients: [{ ...of, client_id: 'web', client_name: 'Web', client_secret: secret }],
  idps: [
    {
      ...of,
      id: 'up',
      name: 'Up',
      settings: { oidc: { client_id: 'us' } },
      credentials: { oidc: { client_secret: secret } },
    },
  ],
  webhooks: [
    { tenant_id: 't', server_id: 'shop', webhook_id: 'crm', url: 'https://crm.example', api_key: secret },
  ],
  mfa_methods: [{ tenant_id: 't', id: 'sms', mechanism: 'sms', auth: { sms: { auth_token: secret } } }],
  secrets: [{ tenant_id: 't', server_id: 'shop', id: 'crm-token', name: 'crm-token', value: secret }],
});
const { servers } = dumpOf('');
const bare: JsonObject = { servers: servers as Json };

const codesOf = (desired: JsonObject, live: JsonObject, showsCredentials = true) =>
  dumpWarnings(planDumpChanges(desired, live, { mode: 'update' }), { showsCredentials });

describe('dumpWarnings', () => {
  it.each(['', null, '********', '<hidden>', '0000'])(
    'names the objects that are created without a secret, which the backup shows as %j',
    (hidden) => {
      const warnings = codesOf(dumpOf(hidden), bare);
      expect(warnings.map(({ code }) => code)).toEqual(['CREDENTIALS_GENERATED', 'CREDENTIALS_LOST']);
      expect(warnings[1]?.pointers.toSorted()).toEqual([
        '/idps/shop/up',
        '/mfa_methods/sms',
        '/secrets/shop/crm-token',
        '/webhooks/shop/crm',
      ]);
    },
  );

  it('names none that exist, whose secrets stay', () => {
    const warnings = codesOf(dumpOf('********'), dumpOf('the-real-secret'));
    expect(warnings.map(({ code }) => code)).toEqual(['CREDENTIALS_FILLED']);
  });

  it('names none if all are shown, or if nothing can show them', () => {
    expect(codesOf(dumpOf('the-real-secret'), bare)).toEqual([]);
    expect(codesOf(dumpOf(''), bare, false)).toEqual([]);
  });
});
