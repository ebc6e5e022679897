import { describe, expect, it } from 'vitest';
import {
  changeFields,
  changeText,
  fieldChanges,
} from '../../../../../scripts/cli/commands/tenants/changed-fields.ts';

const bySecret = { issuer: 'https://a.example/acme/system', clientId: 'backup', clientSecret: 'canary' };
const byKey = {
  issuer: 'https://a.example/acme/system',
  clientId: 'backup',
  authentication: 'private_key_jwt',
  privateKey: 'canary-key',
  keyId: '1',
  algorithm: 'RS256',
};
const byCertificate = {
  ...{ issuer: bySecret.issuer, clientId: 'backup', authentication: 'tls_client_auth' },
  ...{ certificate: 'certificate', privateKey: 'canary-key', ca: 'ca' },
};

describe('changeFields', () => {
  it.each<[what: string, before: object, fields: object, after: object]>([
    ['another secret', bySecret, { clientSecret: 'next' }, { ...bySecret, clientSecret: 'next' }],
    ['another key, with its id as it is', byKey, { privateKey: 'next' }, { ...byKey, privateKey: 'next' }],
    ['no workspaces any more', { ...bySecret, workspaces: ['a'] }, { workspaces: undefined }, bySecret],
    [
      'fields that no option has',
      { ...bySecret, scratch: true, keys: { configuration: 'arn' } },
      { parts: ['system'] },
      { ...bySecret, scratch: true, keys: { configuration: 'arn' }, parts: ['system'] },
    ],
    [
      'the same secret, sent in another way',
      bySecret,
      { authentication: 'client_secret_post' },
      { ...bySecret, authentication: 'client_secret_post' },
    ],
    [
      'a secret in place of a key',
      byKey,
      { authentication: 'client_secret_basic', clientSecret: 'next' },
      { ...bySecret, authentication: 'client_secret_basic', clientSecret: 'next' },
    ],
    [
      'a key in place of a certificate, whose authority stays trusted',
      byCertificate,
      { authentication: 'private_key_jwt' },
      {
        ...{ issuer: bySecret.issuer, clientId: 'backup', authentication: 'private_key_jwt' },
        ...{ privateKey: 'canary-key', ca: 'ca' },
      },
    ],
    [
      'the other method of certificates',
      byCertificate,
      { authentication: 'self_signed_tls_client_auth' },
      { ...byCertificate, authentication: 'self_signed_tls_client_auth' },
    ],
    [
      'a method that does not exist, which is refused later',
      bySecret,
      { authentication: 'magic' },
      { ...bySecret, authentication: 'magic' },
    ],
  ])('makes %s', (_what, before, fields, after) => {
    expect(changeFields(before as never, fields as never)).toEqual(after);
  });
});

describe('fieldChanges', () => {
  it('names what differs, and shows no field that may be secret', () => {
    const changes = fieldChanges({ ...bySecret, parts: ['hub'] }, { ...byKey, parts: ['hub'], ca: 'ca' });
    expect(changes.map(({ field }) => field).sort()).toEqual(
      ['clientSecret', 'authentication', 'privateKey', 'keyId', 'algorithm', 'ca'].sort(),
    );
    expect(JSON.stringify(changes)).not.toContain('canary');
    expect(changes.map(changeText).join('\n')).not.toContain('canary');
    expect(changes.map(changeText)).toContain('  authentication: none → private_key_jwt');
  });

  it('finds nothing in the same fields', () => {
    expect(fieldChanges(byKey, { ...byKey })).toEqual([]);
  });
});
