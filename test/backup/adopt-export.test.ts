import { describe, expect, it } from 'vitest';
import { adoptExport, type SavedExport } from '../../functions/backup/adopt-export.ts';
import { joinCredentials } from '../../functions/config/credentials/credentials.ts';
import { parseConfigPart, parseCredentialsPart } from '../../functions/config/export/parts.ts';
import { type Json, parseJson, stringifyJson } from '../../functions/config/json/json.ts';
import { parseEnrolmentValue } from '../../functions/tenant/enrolment/enrolment.ts';
import { CANARY_MARKER, demoTenants } from '../../scripts/demo/tenants.ts';
import { redactTenant } from '../../scripts/sandbox/state/redact.ts';
import { rejectionOf } from '../rejection.ts';
import { MemoryVault } from '../vault/memory-vault.ts';
import { SampleKeys } from '../vault/sample-backup.ts';

/** Exports that a person saved: real sealing, files in memory. */

const demo = demoTenants()[0] ?? expect.fail('there is no demonstration tenant');
const tree = demo.tree as { readonly servers: Record<string, Record<string, Json>> } & Record<string, Json>;
const [workspaceId = '', workspace = {}] = Object.entries(tree.servers)[0] ?? [];
const dump = {
  tenant: { id: 'acme', name: 'Acme' },
  servers: [{ id: 'main', tenant_id: 'acme', secret: `${CANARY_MARKER}workspace` }],
  clients: [{ id: 'portal', tenant_id: 'acme', client_secret: `${CANARY_MARKER}client` }],
  acrs: [{ tenant_id: 'acme', value: 'urn:acr:1' }],
};

const keys = new SampleKeys();
const enrolment = (changes: object = {}) =>
  parseEnrolmentValue(
    {
      issuer: 'https://acme.example.com/acme/system',
      clientId: 'backup',
      clientSecret: 'secret of the test',
      ...changes,
    },
    'acme',
  );
const adopt = async (content: Json | Buffer, changes: Partial<SavedExport> = {}, enrolled: object = {}) => {
  const exported = Buffer.isBuffer(content) ? content : Buffer.from(stringifyJson(content));
  const { manifest, bytes } = await adoptExport(
    { exported, workspace: undefined, takenAt: '2025-06-01T10:00:00Z', ...changes },
    { tier: 'manual', enrolment: enrolment(enrolled) },
    {
      vault: new MemoryVault(),
      sealer: keys.sealer(),
      signer: keys.signer,
      fingerprintKeys: { derive: async () => Buffer.alloc(32, 1) },
      keys: { configuration: keys.configuration, credentials: keys.credentials },
      randomHex: () => '0123abcd',
    },
  );
  const parts = await keys.openAll(bytes);
  const opened = (part: 'hub' | 'system') => {
    const configuration = parts.get(`${part}.config`) ?? Buffer.alloc(0);
    const { document } = parseConfigPart(configuration);
    const credentials = parseCredentialsPart(parts.get(`${part}.credentials`) ?? Buffer.alloc(0));
    return { configuration: configuration.toString(), document: joinCredentials(document, credentials) };
  };
  return { manifest, parts: [...parts.keys()], opened };
};

describe('an export that was saved', () => {
  it('becomes a signed backup of its own time, which says that it was adopted', async () => {
    const { manifest, parts } = await adopt(tree);
    expect(manifest).toMatchObject({
      backupId: '20250601T100000Z-0123abcd',
      tenant: 'acme',
      tier: 'manual',
      trigger: 'adopted',
      scheduledTime: '2025-06-01T10:00:00Z',
      exportedAt: '2025-06-01T10:00:00Z',
      source: { issuer: 'https://acme.example.com/acme/system', shape: 'tenant' },
      resealed: null,
      previous: null,
    });
    expect(manifest.objects['client']).toBeGreaterThan(1);
    expect(parts).toEqual(['hub.config', 'hub.credentials']);
  });

  it('comes back byte for byte in meaning, and shows no secret in its configuration', async () => {
    const { opened, manifest } = await adopt(tree);
    const { configuration, document } = opened('hub');
    expect(document).toEqual(parseJson(Buffer.from(stringifyJson(tree))));
    expect(configuration).not.toContain(CANARY_MARKER);
    expect(JSON.stringify(manifest)).not.toContain(CANARY_MARKER);
    // There is no mask that could have redacted anything.
    expect(manifest.credentials['redacted']).toBe(0);
    expect(manifest.credentials['known']).toBeGreaterThan(10);
  });

  it('may be a dump of the system API', async () => {
    const { opened, parts, manifest } = await adopt(dump);
    expect(parts).toEqual(['system.config', 'system.credentials']);
    expect(opened('system').document).toEqual(dump);
    expect(opened('system').configuration).not.toContain(CANARY_MARKER);
    expect(manifest.objects).toMatchObject({ system_servers: 1, system_clients: 1, system_acrs: 1 });
  });

  it('may be a dump by the root tenant, of one tenant', async () => {
    const { tenant, ...lists } = dump;
    const { opened } = await adopt({ ...lists, tenants: [tenant] });
    expect(opened('system').document).toEqual({ ...lists, tenants: [tenant] });
  });

  it.each<[what: string, content: Json, workspaceOption: string | undefined]>([
    ['its id inside', { ...workspace, id: workspaceId }, undefined],
    ['its id given', workspace, workspaceId],
  ])(
    'may be of one workspace, with %s: it is held as a tenant of that workspace',
    async (_what, content, id) => {
      const { opened, manifest } = await adopt(content, { workspace: id });
      expect(opened('hub').document).toEqual({ servers: { [workspaceId]: content } });
      expect(manifest.source.shape).toBe('tenant');
      expect(manifest.objects['server']).toBe(1);
    },
  );

  it.each<[what: string, content: () => Json | Buffer, code: string]>([
    ['no credentials', () => redactTenant(structuredClone(demo.tree) as never) as Json, 'CREDENTIALS_BLANK'],
    [
      'no credentials of one workspace',
      () => {
        const redacted = redactTenant(structuredClone(demo.tree) as never) as unknown as typeof tree;
        return { ...redacted.servers[workspaceId], id: workspaceId };
      },
      'CREDENTIALS_BLANK',
    ],
    [
      'placeholders in a dump',
      () => ({ ...dump, clients: [{ ...dump.clients[0], client_secret: '********' }] }) as Json,
      'CREDENTIALS_BLANK',
    ],
    ['half a document', () => Buffer.from(stringifyJson(tree)).subarray(0, 5_000), 'EXPORT_INCOMPLETE'],
    ['an error page', () => Buffer.from('<html>502 Bad Gateway</html>'), 'EXPORT_MALFORMED'],
    ['an error of the API', () => ({ error: 'forbidden', status_code: 403 }), 'EXPORT_MALFORMED'],
    ['nothing', () => Buffer.alloc(0), 'EXPORT_MALFORMED'],
    ['an empty object', () => ({}), 'EXPORT_MALFORMED'],
    ['a list', () => [tree] as Json, 'EXPORT_MALFORMED'],
    ['an identity dump', () => ({ pools: [], users: [] }) as Json, 'EXPORT_MALFORMED'],
    [
      'a dump of a whole deployment',
      () => ({ ...dump, tenant: null, tenants: [{ id: 'acme' }, { id: 'globex' }] }) as Json,
      'EXPORT_MALFORMED',
    ],
    ['a dump of another tenant', () => ({ ...dump, tenant: { id: 'globex' } }) as Json, 'CONTEXT_MISMATCH'],
    ['a workspace of another tenant', () => ({ ...workspace, id: 'a', tenant_id: 'b' }), 'CONTEXT_MISMATCH'],
    [
      'a dump whose workspaces are of another tenant',
      () => ({ servers: [{ id: 'main', tenant_id: 'globex', secret: 'of-globex-1f0c' }] }) as Json,
      'CONTEXT_MISMATCH',
    ],
    [
      'a tree with a workspace of another tenant',
      () => ({ ...tree, servers: { ...tree.servers, more: { ...workspace, tenant_id: 'globex' } } }),
      'CONTEXT_MISMATCH',
    ],
    ['a workspace without an id', () => workspace, 'INVALID_REQUEST'],
  ])('is refused with %s', async (_what, content, code) => {
    const error = await rejectionOf(adopt(content()));
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error.message, error.facts])).not.toContain(CANARY_MARKER);
  });

  it.each<[what: string, content: Json, message: RegExp]>([
    ['the export is of another', { ...workspace, id: 'other' }, /the export is of workspace "other"/],
    ['the export is a tree of the tenant', tree, /the export is of a whole tenant/],
    ['the export is a dump', dump, /the export is of a whole tenant/],
  ])('is refused with the id of a workspace, if %s', async (_what, content, message) => {
    const error = await rejectionOf(adopt(content, { workspace: 'shop' }));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringMatching(message) });
  });

  it('is accepted with blank client secrets only if the enrolment accepts them', async () => {
    const content = { ...dump, clients: [{ ...dump.clients[0], client_secret: '********' }] } as Json;
    const { manifest } = await adopt(content, {}, { blankClientSecrets: 'accept' });
    expect(manifest.warnings).toMatchObject({ system_blank_client_secrets: 1 });
  });
});
