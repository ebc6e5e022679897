import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Wanted as Chosen, OpenedFile } from '../../../../../scripts/cli/commands/open/open.ts';
import { openFile } from '../../../../../scripts/cli/commands/open/open.ts';
import { rejectionOf, saidBy } from '../../../../rejection.ts';
import { SampleKeys } from '../../../../vault/sample-backup.ts';
import { runCommand } from '../../run-command.ts';

type Wanted = Omit<Chosen, 'signers'>;

const keys = new SampleKeys();
const CANARY = 'canary-secret-of-the-portal';

const configOf = (document: object) =>
  JSON.stringify({ document, fingerprintKey: '0'.repeat(32), fingerprints: {} });

const TREE = {
  name: 'Acme',
  pools: { people: { name: 'People' } },
  servers: {
    system: { name: 'System', clients: { gate: { client_name: 'Gate' }, other: { client_name: 'Other' } } },
    shop: {
      name: 'Shop',
      clients: { portal: { client_name: 'Portal', client_secret: '' } },
      gateways: { gate: { name: 'Gate', client: { client_name: 'Gate' } } },
      idps: { crew: { name: 'Crew', identity_pool_id: 'people' } },
      theme_binding: { theme_id: 'gone' },
    },
    portal: { name: 'Portal' },
  },
};
const DUMP = {
  tenant: { id: 'acme', name: 'Acme' },
  servers: [
    { tenant_id: 'acme', id: 'shop', name: 'Shop' },
    { tenant_id: 'acme', id: 'portal', name: 'Portal' },
  ],
  clients: [{ tenant_id: 'acme', authorization_server_id: 'shop', client_id: 'portal', client_secret: '' }],
  acrs: [{ tenant_id: 'acme', authorization_server_id: 'portal', id: 'strong' }],
};
const PEOPLE = { pools: [{ tenant_id: 'acme', id: 'people' }], users: [] };

const HUB = {
  'hub.config': configOf(TREE),
  'hub.credentials': JSON.stringify({ '/servers/shop/clients/portal/client_secret': CANARY }),
};
const SYSTEM = {
  'system.config': configOf(DUMP),
  'system.credentials': JSON.stringify({ '/clients/0/client_secret': CANARY }),
};
const IDENTITY = { 'identity.credentials': JSON.stringify(PEOPLE) };

const open = async (parts: Record<string, string>, wanted: Wanted = {}): Promise<OpenedFile> =>
  openFile((await keys.seal({}, parts)).bytes, keys.opener, { ...wanted, signers: keys.signers });
const opened = async (parts: Record<string, string>, wanted: Wanted = {}) =>
  JSON.parse(Buffer.from((await open(parts, wanted)).content).toString());

describe('the document of an archive', () => {
  it('is the first that it holds, or the one that is asked for, credentials included', async () => {
    const all = { ...HUB, ...SYSTEM, ...IDENTITY };
    expect((await opened(all)).servers.shop.clients.portal.client_secret).toBe(CANARY);
    expect((await opened(all, { document: 'system' })).clients[0].client_secret).toBe(CANARY);
    expect(await opened(all, { document: 'identity' })).toEqual(PEOPLE);
    expect((await opened({ ...SYSTEM, ...IDENTITY })).tenant).toEqual(DUMP.tenant);
    expect(await opened(IDENTITY)).toEqual(PEOPLE);
  });

  it('is said to be missing where it is', async () => {
    expect(await rejectionOf(open({ ...SYSTEM, ...IDENTITY }, { document: 'hub' }))).toMatchObject({
      code: 'PART_ABSENT',
      message: `backup 20260131T020000Z-0123abcd has no hub document, it holds system and identity`,
    });
  });
});

describe('one workspace', () => {
  it('of a tree comes with the clients that serve it, and says what it needs', async () => {
    const { content, extracted } = await open(HUB, { workspace: 'shop' });
    const document = JSON.parse(Buffer.from(content).toString());
    expect(Object.keys(document)).toEqual(['servers']);
    expect(document.servers).toEqual({
      shop: {
        ...TREE.servers.shop,
        clients: { portal: { client_name: 'Portal', client_secret: CANARY } },
      },
      system: { clients: { gate: { client_name: 'Gate' } } },
    });
    expect(extracted).toMatchObject({
      systemClients: ['gate'],
      dependsOn: [
        { type: 'pool', id: 'people', held: true },
        { type: 'theme', id: 'gone', held: false },
      ],
    });
  });

  it('of a dump comes with what is tied to it, and says what nobody can tell', async () => {
    const { content, extracted } = await open(SYSTEM, { workspace: 'shop' });
    const document = JSON.parse(Buffer.from(content).toString());
    expect(document).toEqual({
      servers: [DUMP.servers[0]],
      clients: [{ ...DUMP.clients[0], client_secret: CANARY }],
    });
    expect(extracted?.leftOut).toEqual([{ collection: 'tenant', reason: 'tenant' }]);
  });

  it.each<[what: string, parts: Record<string, string>, wanted: Wanted, message: RegExp]>([
    ['that is not there', HUB, { workspace: 'nowhere' }, /workspace must be one of the 3 of the export/],
    ['of an identity document', IDENTITY, { workspace: 'shop' }, /has no workspaces/],
  ])('%s is refused', async (_what, parts, wanted, message) => {
    const error = await rejectionOf(open(parts, wanted));
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringMatching(message) });
    expect(saidBy(error)).not.toContain('canary');
  });
});

describe('open --workspace', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'open-'));
    await writeFile(join(folder, 'acme.tar'), (await keys.seal({}, { ...HUB, ...SYSTEM })).bytes);
    await writeFile(join(folder, 'escrow.pem'), keys.escrowPrivateKey, { mode: 0o600 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const run = (...options: string[]) =>
    runCommand(['open', join(folder, 'acme.tar'), '--escrow', join(folder, 'escrow.pem'), ...options], {
      environment: { PATH: process.env['PATH'] },
    });

  it('writes the workspace to the file, and says the rest without a secret', async () => {
    const out = join(folder, 'shop.json');
    const { code, stdout } = await run('--workspace', 'shop', '--out', out);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        `opened workspace shop in the hub document of backup 20260131T020000Z-0123abcd of acme to ${out}`,
        'signature not verified (give --public-key)',
        'includes clients of the workspace system: gate',
        'required, but not contained:',
        '  pool people',
        '  theme gone (not in this document)',
        '',
      ].join('\n'),
    );
    expect(Object.keys(JSON.parse(await readFile(out, 'utf8')).servers)).toEqual(['shop', 'system']);
  });

  it('says whether it is proved who made it', async () => {
    await writeFile(join(folder, 'signing.pem'), keys.signer.key.pem);
    await writeFile(join(folder, 'another.pem'), new SampleKeys().signer.key.pem);
    const proving = (key: string, out: string) =>
      run('--public-key', join(folder, key), '--out', join(folder, out));
    const { code, stdout } = await proving('signing.pem', 'proved.json');
    expect(code).toBe(0);
    expect(stdout).toContain(`signature verified: signed by ${keys.signer.key.fingerprint}`);
    const refused = await proving('another.pem', 'refused.json');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^SIGNER_UNTRUSTED: /);
    const wrong = await proving('escrow.pem', 'wrong.json');
    expect(wrong.stderr).toMatch(/^INVALID_REQUEST: .*escrow\.pem must be a public key in PEM/);
  });

  it('says as JSON what it needs', async () => {
    const out = join(folder, 'shop.dump.json');
    const { stdout } = await run('--document', 'system', '--workspace', 'shop', '--out', out, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      origin: 'not verified',
      document: 'system',
      workspace: 'shop',
      systemClients: [],
      dependsOn: [],
      leftOut: [{ collection: 'tenant' }],
    });
  });

  it('cannot be one part as well', async () => {
    const { code, stderr } = await run('--workspace', 'shop', '--part', 'hub.config');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^INVALID_REQUEST: .*cannot be used with/);
  });
});
