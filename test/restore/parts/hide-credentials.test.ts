import { describe, expect, it } from 'vitest';
import type { PlannedChange } from '../../../functions/plan/plan-document.ts';
import { hideCredentials } from '../../../functions/restore/parts/hide-credentials.ts';

const SECRET = 'canary-of-a-secret';
const CLIENT = '/servers/shop/clients/web';
const credentials = {
  [`${CLIENT}/client_secret`]: SECRET,
  [`${CLIENT}/future/hidden`]: ['canary-one', { inner: 'canary-two' }],
  [`${CLIENT}/blank`]: '',
};

const change = (property: object, name = 'Web'): PlannedChange => ({
  type: 'client',
  id: 'web',
  pointer: CLIENT,
  name,
  kind: 'updated',
  isDependency: false,
  properties: [{ pointer: `${CLIENT}/policy_uri`, secret: false, ...property }],
});

describe('the changes of a dry run', () => {
  it.each<[what: string, property: object]>([
    ['at the place of a credential', { pointer: `${CLIENT}/client_secret`, old: 'x', new: 'y' }],
    ['within one', { pointer: `${CLIENT}/future/hidden/1/inner`, old: 'x' }],
    ['around one', { pointer: `${CLIENT}/future`, new: { hidden: null } }],
    ['that is a copy of one', { new: SECRET }],
    ['that holds a copy of one', { old: 'x', new: [{ deep: [SECRET] }] }],
    ['that was a copy of one', { old: 'canary-two', new: 'x' }],
  ])('do not show a value %s', (_, property) => {
    const [shown] = hideCredentials([change(property)], credentials);
    expect(shown?.properties).toEqual([
      { pointer: (property as { pointer?: string }).pointer ?? `${CLIENT}/policy_uri`, secret: true },
    ]);
    expect(JSON.stringify(shown)).not.toContain('canary');
  });

  it('do not show a name that is a copy of a credential', () => {
    expect(hideCredentials([change({ new: 'x' }, SECRET)], credentials)[0]).not.toHaveProperty('name');
  });

  it('show all other values', () => {
    const changes = [change({ old: '', new: 'https://a.example' })];
    expect(hideCredentials(changes, credentials)).toEqual(changes);
  });
});
