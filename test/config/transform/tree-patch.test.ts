import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { compareTrees } from '../../../functions/config/compare/compare.ts';
import type { Json } from '../../../functions/config/json/json.ts';
import { applyJsonPatch, type JsonPatch } from '../../../functions/config/json/json-patch.ts';
import { applyMergePatch } from '../../../functions/config/json/merge-patch.ts';
import { parseSelection } from '../../../functions/config/select/selection.ts';
import { patchBetween, type TreePatchOptions } from '../../../functions/config/transform/tree-patch.ts';
import { CANARY, redact } from '../arbitraries.ts';
import { twoTenants } from '../two-tenants.ts';

/** Shrinking two whole tenants takes minutes, and leaves them hardly smaller. */
const RUNS = { numRuns: 25, endOnFailure: true };
const FORMATS = ['merge', 'json'] as const;

const apply = (tree: Json, patch: Json | JsonPatch, format: TreePatchOptions['format']): Json =>
  format === 'merge' ? applyMergePatch(tree, patch as Json) : applyJsonPatch(tree, patch as JsonPatch);

const changedPlaces = (expected: Json, actual: Json) =>
  compareTrees(expected, actual).differences.flatMap(({ kind, pointer, properties }) =>
    kind === 'changed'
      ? properties
          .filter(({ secret }) => !secret)
          .map((each) => each.pointer)
          // Filled where the other tenant's object shows no credential: a key set may be public, and goes along.
          .filter((place) => !/\/jwks(\/|$)/.test(place))
      : [pointer],
  );

describe.each(FORMATS)('a %s patch', (format) => {
  test('makes the one tenant of the other, and is nothing where nothing differs', () => {
    fc.assert(
      fc.property(twoTenants, ({ a, b }) => {
        const { patch } = patchBetween(a, b, { format, credentials: 'carry' });
        expect(changedPlaces(b, apply(a, patch, format))).toEqual([]);
        expect(patchBetween(a, structuredClone(a), { format, credentials: 'carry' })).toEqual({
          patch: format === 'merge' ? {} : [],
          credentialPointers: [],
        });
      }),
      RUNS,
    );
  });

  test('between two trees of one release has a member that all objects of one tree have', () => {
    const pools = (more: object): Json => ({
      name: 'Acme',
      servers: {},
      pools: { one: { name: 'One', ...more }, two: { name: 'Two', ...more } },
    });
    const [bare, full] = [pools({}), pools({ mfa_session_ttl: '1m0s' })];
    for (const [from, to] of [
      [bare, full],
      [full, bare],
    ] as const) {
      const made = patchBetween(from, to, { format, credentials: 'carry' });
      expect(apply(from, made.patch, format)).toEqual(to);
      const later = patchBetween(from, to, { format, credentials: 'carry', acrossReleases: true });
      expect(apply(from, later.patch, format)).toEqual(from);
    }
  });

  test('that omits credentials holds none, and leaves those that are there', () => {
    fc.assert(
      fc.property(twoTenants, fc.boolean(), ({ a, b }, redacted) => {
        const { patch, credentialPointers } = patchBetween(a, redacted && b.servers ? redact(b) : b, {
          format,
          credentials: 'omit',
        });
        expect(JSON.stringify(patch)).not.toContain(CANARY);
        expect(credentialPointers).toEqual([]);
        // Of objects that both have, no credential is another one.
        const after = apply(a, patch, format);
        const secrets = compareTrees(a, after).differences.flatMap(({ properties, kind }) =>
          kind === 'changed' ? properties.filter(({ secret }) => secret).map(({ pointer }) => pointer) : [],
        );
        // But for a client that is embedded in one of them, and comes or goes with it.
        expect(secrets.filter((pointer) => !pointer.includes('/client/'))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('changes nothing outside of the selection', () => {
    const tree = (name: string) => ({
      servers: {
        main: { name, clients: { portal: { client_name: name } }, policies: { p: { policy_name: name } } },
      },
    });
    const selection = parseSelection([{ resourceType: 'clients' }]);
    const { patch } = patchBetween(tree('a'), tree('b'), { format, credentials: 'carry', selection });
    expect(patch).toEqual(
      format === 'merge'
        ? { servers: { main: { clients: { portal: { client_name: 'b' } } } } }
        : [{ op: 'replace', path: '/servers/main/clients/portal/client_name', value: 'b' }],
    );
  });

  it('leaves out what SecureAuth changes by itself, and what a release adds', () => {
    const tree = (name: string, at: string, more = {}) => {
      const client = { client_name: name, updated_at: at, client_id_issued_at: Number(at), ...more };
      return {
        servers: {
          main: {
            version: Number(at),
            clients: { portal: client, other: { ...client, client_name: 'same' } },
            gateways: { g: { name: 'G', last_active: at } },
          },
        },
      };
    };
    const [from, to] = [tree('a', '1'), tree('b', '2', { saml_later: false })];
    for (const credentials of ['omit', 'carry'] as const) {
      const { patch } = patchBetween(from, to, { format, credentials, acrossReleases: true });
      expect(apply(from, patch, format)).toEqual({
        servers: {
          main: {
            ...from.servers.main,
            clients: {
              ...from.servers.main.clients,
              portal: { ...from.servers.main.clients.portal, client_name: 'b' },
            },
          },
        },
      });
    }
  });

  it('says which credentials it holds', () => {
    const tree = (secret: string) => ({
      servers: { main: { clients: { portal: { client_secret: secret } } } },
    });
    expect(patchBetween(tree('canary-a'), tree('canary-b'), { format, credentials: 'carry' })).toMatchObject({
      credentialPointers: ['/servers/main/clients/portal/client_secret'],
    });
  });
});

describe('a test of a list with credentials', () => {
  const links = (...notes: string[]) => ({
    servers: {
      main: {
        clients: {
          portal: { links: notes.map((note, at) => ({ note, hidden: `canary-${at}`, tags: ['a', 'b'] })) },
        },
      },
    },
  });
  const PLACE = '/servers/main/clients/portal/links';
  const secretPointers = [`${PLACE}/0/hidden`, `${PLACE}/1/hidden`];
  const [from, to] = [links('one', 'two'), links('one', 'changed')];
  const made = (credentials: 'omit' | 'carry') =>
    patchBetween(from, to, { format: 'json', credentials, secretPointers }).patch as JsonPatch;

  it('has none of them, and still all else', () => {
    const patch = made('omit');
    expect(JSON.stringify(patch)).not.toContain(CANARY);
    expect(patch.slice(0, -1)).toEqual(
      [0, 1].flatMap((at) => [
        { op: 'test', path: `${PLACE}/${at}/note`, value: ['one', 'two'][at] },
        { op: 'test', path: `${PLACE}/${at}/tags`, value: ['a', 'b'] },
      ]),
    );
    expect(applyJsonPatch(from, patch)).toEqual(to);
  });

  it('has them where they are carried', () => {
    expect(made('carry')[0]).toEqual({
      op: 'test',
      path: PLACE,
      value: from.servers.main.clients.portal.links,
    });
  });
});
