import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePatchFile } from '../../scripts/cli/commands/patch/apply.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import { rejectionOf } from '../rejection.ts';
import { at, differences, openStage, type Stage } from './stage.ts';

/** Patches as the vendor's pages show them: of a workspace, in both formats. */

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** What the command sends of a patch file. */
const patchOf = (document: unknown) => ({
  patch: parsePatchFile(JSON.stringify(document), 'patch.json', 'customers'),
});

const customersOf = (tenant: string) => at(stage.sandbox.tenant(tenant), 'servers', 'customers');
const PORTAL = '/servers/customers/clients/portal';

describe('a patch of a workspace', () => {
  test.each<[what: string, document: unknown, changed: string[], value: unknown]>([
    [
      'merges a name',
      { clients: { portal: { client_name: 'Patched' } } },
      [`${PORTAL}/client_name`],
      { clients: { portal: { client_name: 'Patched' } } },
    ],
    [
      'deletes a client by null',
      { clients: { 'mobile-app': null } },
      ['/servers/customers/clients/mobile-app'],
      {},
    ],
    [
      'adds a service',
      {
        services: {
          cbc1: {
            name: 'test_service',
            type: 'user',
            description: 'test',
            gateway_id: null,
            scopes: {},
            apis: {},
          },
        },
      },
      ['/servers/customers/services/cbc1'],
      { services: { cbc1: { name: 'test_service' } } },
    ],
    [
      'replaces a name by an operation',
      [{ op: 'replace', path: '/clients/portal/client_name', value: 'Patched' }],
      [`${PORTAL}/client_name`],
      { clients: { portal: { client_name: 'Patched' } } },
    ],
    [
      'appends a response type',
      [{ op: 'add', path: '/clients/portal/response_types/-', value: 'id_token' }],
      [`${PORTAL}/response_types/1`],
      { clients: { portal: { response_types: ['code', 'id_token'] } } },
    ],
    [
      'removes a client by an operation',
      [{ op: 'remove', path: '/clients/mobile-app' }],
      ['/servers/customers/clients/mobile-app'],
      {},
    ],
  ])('%s, and nothing else', async (what, document, changed, value) => {
    const tenant = await stage.newTenant(what.replaceAll(' ', '-'));
    const before = stage.sandbox.tenant(tenant);
    expect(await stage.restoring(tenant, patchOf(document))).toMatchObject({
      verdict: 'verified',
      changes: null,
    });
    const places = differences(before, stage.sandbox.tenant(tenant));
    expect(places.length).toBeGreaterThan(0);
    for (const place of places) expect(changed.some((each) => place.startsWith(each))).toBe(true);
    expect(customersOf(tenant)).toMatchObject(value as object);
  });

  test('of the page that adds a text to a list is a problem, as it would replace the list', async () => {
    const tenant = await stage.newTenant('adds-a-text');
    const request = patchOf([{ op: 'add', path: '/clients/portal/response_types', value: 'id_token' }]);
    const { problems, changes } = await stage.restoring(tenant, { ...request, dryRun: true });
    const message = `${PORTAL}/response_types is of the type list, and would become a text (to append an element by RFC 6902, end the path with /-)`;
    expect(problems).toEqual([{ code: 'TYPE_CHANGED', message }]);
    expect(changes?.[0]?.properties).toContainEqual(expect.objectContaining({ new: 'id_token' }));
    expect(await rejectionOf(stage.restoring(tenant, request))).toMatchObject({
      code: 'CHANGE_IMPOSSIBLE',
      facts: { outcome: 'untouched' },
    });
    expect(stage.writesTo(tenant)).toEqual([]);
  });

  test('names its workspace in the record', async () => {
    const tenant = await stage.newTenant('recorded');
    const { operationId } = await stage.restoring(tenant, patchOf({ color: '#123456' }));
    const entry = await stage.clients.ledger.read('operations', tenant, operationId);
    expect(entry?.document).toMatchObject({
      request: { patch: { format: 'rfc7396', workspace: 'customers' } },
    });
    expect(JSON.stringify(entry)).not.toContain('#123456');
  });
});

describe('a dry run', () => {
  test('shows old and new values, and what is deleted', async () => {
    const tenant = await stage.newTenant('shown');
    const name = customersOf(tenant)['clients']?.['portal'] as JsonObject;
    const report = await stage.restoring(tenant, {
      ...patchOf({ clients: { portal: { client_name: 'Patched' }, 'mobile-app': null } }),
      dryRun: true,
    });
    expect(report.changes).toEqual([
      expect.objectContaining({
        kind: 'updated',
        pointer: PORTAL,
        properties: [
          { pointer: `${PORTAL}/client_name`, old: name['client_name'], new: 'Patched', secret: false },
        ],
      }),
      expect.objectContaining({ kind: 'pruned', pointer: '/servers/customers/clients/mobile-app' }),
    ]);
  });

  test.each<[what: string, operations: JsonObject[]]>([
    [
      'replaced',
      [{ op: 'replace', path: '/clients/portal/client_secret', value: 'canary-given-0123456789-0123456789' }],
    ],
    [
      'copied to a name',
      [{ op: 'copy', from: '/clients/portal/client_secret', path: '/clients/portal/client_name' }],
    ],
    [
      'moved to metadata',
      [{ op: 'move', from: '/clients/portal/client_secret', path: '/clients/portal/metadata/note' }],
    ],
    [
      'copied into a list',
      [{ op: 'copy', from: '/clients/portal/client_secret', path: '/clients/portal/redirect_uris/0' }],
    ],
    [
      'copied to the name of a new object',
      [
        { op: 'add', path: '/services/new', value: { type: 'user' } },
        { op: 'copy', from: '/clients/portal/client_secret', path: '/services/new/name' },
      ],
    ],
    ['of the workspace, copied', [{ op: 'copy', from: '/secret', path: '/description' }]],
  ])('shows no credential that is %s', async (what, operations) => {
    const tenant = await stage.newTenant(`hidden-${what.replaceAll(/[ ,]+/g, '-')}`);
    const { secret, clients } = customersOf(tenant) as unknown as {
      secret: string;
      clients: { portal: { client_secret: string } };
    };
    const report = await stage.restoring(tenant, { ...patchOf(operations), dryRun: true });
    expect(report.changes?.length).toBeGreaterThan(0);
    const told = JSON.stringify(report);
    for (const hidden of [secret, clients.portal.client_secret, 'canary']) expect(told).not.toContain(hidden);
  });
});
