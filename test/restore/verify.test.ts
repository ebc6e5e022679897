import { describe, expect, test } from 'vitest';
import type { Json } from '../../functions/config/json.ts';
import { verify } from '../../functions/restore/verify.ts';

/** A tenant with one workspace of some clients; each client's only member is its name. */
const tenant = (clients: Record<string, string>, name = 'Acme'): Json => ({
  name,
  servers: {
    main: {
      name: 'Main',
      clients: Object.fromEntries(
        Object.entries(clients).map(([id, clientName]) => [id, { client_name: clientName }]),
      ),
    },
  },
});

const at = (id: string) => `/servers/main/clients/${id}`;

describe('verify after mode=update', () => {
  test('counts every object of the backup, by type', () => {
    const tree = tenant({ portal: 'Portal', app: 'App' });
    expect(verify(tree, tree, tree, 'update', [])).toEqual({
      compared: 4,
      equal: 4,
      extra: 0,
      differences: [],
      objects: {
        tenant: { compared: 1, equal: 1 },
        server: { compared: 1, equal: 1 },
        client: { compared: 2, equal: 2 },
      },
    });
  });

  test('finds what is missing and what differs, and only counts what is extra', () => {
    const imported = tenant({ portal: 'Portal', app: 'App', gone: 'Gone' });
    const after = tenant({ portal: 'Portal', app: 'Other', more: 'More' });
    const verification = verify(imported, after, after, 'update', []);
    expect(verification).toMatchObject({ compared: 5, equal: 3, extra: 1 });
    expect(verification.objects['client']).toEqual({ compared: 3, equal: 1 });
    expect(verification.differences.map(({ pointer, kind }) => [pointer, kind])).toEqual([
      [at('app'), 'changed'],
      [at('gone'), 'missing'],
    ]);
  });

  test('takes a client that was left out neither for missing nor for extra', () => {
    const imported = tenant({ portal: 'Portal' });
    const after = tenant({ portal: 'Portal', own: 'Own' });
    expect(verify(imported, after, after, 'update', [at('own')])).toMatchObject({
      compared: 3,
      equal: 3,
      extra: 0,
    });
    expect(verify(imported, after, after, 'update', [])).toMatchObject({ extra: 1 });
  });

  test('does not care how the tenant was before', () => {
    const imported = tenant({ portal: 'Portal' });
    expect(verify(imported, tenant({}, 'Other'), imported, 'update', [])).toMatchObject({
      compared: 3,
      equal: 3,
    });
  });
});

describe('verify after mode=fail', () => {
  test('expects the document, as after mode=update', () => {
    const imported = tenant({ portal: 'Portal' });
    expect(verify(imported, imported, tenant({ portal: 'Other' }), 'fail', [])).toMatchObject({
      compared: 3,
      equal: 2,
    });
  });
});

describe('verify after mode=ignore', () => {
  const before = tenant({ portal: 'Changed by hand' });
  const imported = tenant({ portal: 'Portal', app: 'App' });

  test('expects what existed as it was, and the rest as in the backup', () => {
    const after = tenant({ portal: 'Changed by hand', app: 'App' });
    expect(verify(imported, before, after, 'ignore', [])).toEqual({
      compared: 4,
      equal: 4,
      extra: 0,
      differences: [],
      objects: {
        tenant: { compared: 1, equal: 1 },
        server: { compared: 1, equal: 1 },
        client: { compared: 2, equal: 2 },
      },
    });
  });

  test('finds an object that was overwritten all the same', () => {
    const { compared, equal, differences } = verify(imported, before, imported, 'ignore', []);
    expect({ compared, equal }).toEqual({ compared: 4, equal: 3 });
    expect(differences.map(({ pointer }) => pointer)).toEqual([at('portal')]);
  });

  test('finds an object that was not created', () => {
    const { compared, equal, differences } = verify(imported, before, before, 'ignore', []);
    expect({ compared, equal }).toEqual({ compared: 4, equal: 3 });
    expect(differences.map(({ pointer, kind }) => [pointer, kind])).toEqual([[at('app'), 'missing']]);
  });

  test('counts as extra what the backup lacks, but for the client that was left out', () => {
    const live = tenant({ portal: 'Portal', app: 'App', own: 'Own', more: 'More' });
    expect(verify(imported, live, live, 'ignore', [at('own')])).toMatchObject({ extra: 1 });
  });
});

test('nothing to compare is counted as nothing', () => {
  expect(verify({ servers: {} }, { servers: {} }, { servers: {} }, 'update', []).compared).toBe(1);
});
