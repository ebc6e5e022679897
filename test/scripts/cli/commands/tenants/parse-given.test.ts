import { describe, expect, test } from 'vitest';
import { parseGiven } from '../../../../../scripts/cli/commands/tenants/parse-given.ts';

const ENROLMENT = {
  issuer: 'https://acme.example.com/acme/system',
  clientId: 'backup',
  clientSecret: 'secret of the test',
};

const given = (changes: object) => parseGiven(JSON.stringify({ ...ENROLMENT, ...changes }), 'acme');
const shared = (changes: object) =>
  parseGiven(JSON.stringify({ tenants: { eu: ENROLMENT, us: { ...ENROLMENT, ...changes } } }), 'acme');

describe('what an enrolment leaves out of its backups', () => {
  test.each<[what: string, changes: object]>([
    ['nothing', {}],
    ['credentials', { credentials: false }],
    ['all but a selection', { selection: [{ resourceType: 'clients' }] }],
    ['an exclusion', { selection: { exclude: [{ workspaces: ['legacy-*'] }] } }],
    ['both', { credentials: false, selection: [{ workspaces: ['shop'] }] }],
  ])('is taken: %s', (_what, changes) => {
    expect(given(changes)).toMatchObject(changes);
    expect(shared(changes)).toMatchObject({ name: 'acme' });
  });

  test.each<[what: string, changes: object, message: string]>([
    ['an empty selection', { selection: [] }, 'must include or exclude something'],
    ['an unknown type', { selection: [{ resourceType: 'cleint' }] }, 'must be one of'],
    [
      'a query for a credential',
      { selection: [{ resourceType: 'client', resourceQuery: { client_secret: '*' } }] },
      'credentials',
    ],
    ['a selection that is none', { selection: 'clients' }, 'selection'],
    ['credentials that are none', { credentials: 'no' }, 'credentials'],
  ])('is refused before it is stored: %s', (_what, changes, message) => {
    for (const parse of [given, shared]) {
      expect(() => parse(changes)).toThrow(
        expect.objectContaining({ code: 'INVALID_ENROLMENT', message: expect.stringContaining(message) }),
      );
    }
  });
});
