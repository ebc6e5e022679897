import { afterEach, describe, expect, test } from 'vitest';
import { joinCredentials } from '../../functions/config/credentials/credentials.ts';
import { parseJson } from '../../functions/config/json/json.ts';
import { assessBlanks } from '../../functions/state/assess-blanks.ts';
import { exportHub, parseState } from '../../functions/state/export-state.ts';
import type { Hub } from '../../functions/tenant/api/hub.client.ts';
import type { RetryTools } from '../../functions/tenant/http/retry.ts';
import type { FaultOrder } from '../../scripts/sandbox/faults.ts';
import type { JsonObject } from '../../scripts/sandbox/json.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { startWith } from '../scripts/sandbox/support.ts';
import { connectTo } from '../tenant/connection.ts';

const CANARY = 'canary-acme-0001-of-at-least-32-characters';

const TREE: JsonObject = {
  name: 'Acme',
  member_of_tomorrow: { kept: [1, 'as it is'] },
  servers: {
    main: {
      name: 'Main',
      secret: CANARY,
      clients: { portal: { client_name: 'Portal', client_secret: `${CANARY}-portal` } },
    },
  },
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start() {
  const { sandbox } = await startWith(TREE);
  closers.push(() => sandbox.close());
  const { hub } = connectTo(sandbox);
  const pauses: number[] = [];
  const tools = { sleep: async (milliseconds: number) => void pauses.push(milliseconds), random: () => 0.5 };
  return { sandbox, hub, pauses, tools };
}

/** A tenant that somebody changes between the export with and the one without credentials. */
const changedBetween = (hub: Hub, sandbox: Sandbox, times: number): Hub => {
  let changes = 0;
  let other: Promise<Buffer> | undefined;
  return {
    ...hub,
    async exportTree(options) {
      if (options.withCredentials) {
        other = hub.exportTree(options);
        return other;
      }
      // The other one of the same try has been asked for first.
      await other;
      if (changes++ < times)
        sandbox.changeTenant('acme', (tree) => Object.assign(tree, { name: `Acme ${changes}` }));
      return hub.exportTree(options);
    },
  };
};

const assessed = async (hub: Hub, tools: RetryTools, policy: 'accept' | 'refuse') =>
  assessBlanks((await exportHub(hub, tools)).blanks, policy);

describe('exportHub', () => {
  test('takes the credentials out, loses nothing, and counts', async () => {
    const { sandbox, hub, tools } = await start();
    const split = await exportHub(hub, tools);
    expect(JSON.stringify(split.config)).not.toContain(CANARY);
    expect(Object.values(split.credentials)).toContain(CANARY);
    expect(joinCredentials(parseJson(Buffer.concat(split.config)), split.credentials)).toEqual(
      sandbox.tenant('acme'),
    );
    expect(parseState('hub', split.exported)).toEqual(sandbox.tenant('acme'));
    expect(split.shape).toBe('tenant');
    expect(split.objects).toMatchObject({ tenant: 1, server: 2, client: 2 });
  });

  test('exports again when the tenant changed in between', async () => {
    const { sandbox, hub, pauses, tools } = await start();
    const split = await exportHub(changedBetween(hub, sandbox, 2), tools);
    expect(parseState('hub', split.exported)).toMatchObject({ name: 'Acme 2' });
    expect(pauses).toHaveLength(2);
  });

  test('gives up on a tenant that does not stop changing, to be tried again later', async () => {
    const { sandbox, hub, pauses, tools } = await start();
    const error = await rejectionOf(exportHub(changedBetween(hub, sandbox, Infinity), tools));
    expect(error).toMatchObject({ code: 'EXPORT_INCONSISTENT', disposition: 'retry' });
    expect(pauses).toHaveLength(3);
    expect(saidBy(error)).not.toContain('canary');
  });

  test('refuses an export that promises credentials and has none', async () => {
    const { sandbox, hub, pauses, tools } = await start();
    sandbox.setFault('acme', { kind: 'redacted' });
    const error = await rejectionOf(assessed(hub, tools, 'refuse'));
    expect(error).toMatchObject({ code: 'CREDENTIALS_BLANK', disposition: 'reject' });
    expect(error.message).toMatch(
      /^\d+ credentials came back blank or hidden, first at \/.+: the export is redacted$/,
    );
    expect(error.facts['pointers']).toContain('/servers/main/secret');
    expect(pauses).toEqual([]);
  });

  const blankOneClient = (sandbox: Sandbox) =>
    sandbox.changeTenant('acme', (tree) => {
      const { main } = tree['servers'] as unknown as Record<string, { clients: Record<string, object> }>;
      Object.assign(main?.clients['portal'] ?? {}, { client_secret: '', rotated_secrets: null });
    });

  test('refuses an export in which the secret of a single client is blank, and says what may be done', async () => {
    const { sandbox, hub, tools } = await start();
    blankOneClient(sandbox);
    const error = await rejectionOf(assessed(hub, tools, 'refuse'));
    expect(error).toMatchObject({ code: 'CREDENTIALS_BLANK', facts: { blank: 1 } });
    expect(error.message).toContain('set blankClientSecrets to accept in the enrolment');
  });

  test('accepts and counts blank secrets of clients where that is asked for, but no redacted export', async () => {
    const { sandbox, hub, tools } = await start();
    blankOneClient(sandbox);
    expect(await assessed(hub, tools, 'accept')).toMatchObject({ blank_client_secrets: 1 });
    sandbox.setFault('acme', { kind: 'redacted' });
    expect((await rejectionOf(assessed(hub, tools, 'accept'))).code).toBe('CREDENTIALS_BLANK');
  });

  test.each<[fault: FaultOrder, code: string]>([
    [{ kind: 'truncate', framing: 'whole' }, 'EXPORT_INCOMPLETE'],
    [{ kind: 'truncate', framing: 'length' }, 'EXPORT_INCOMPLETE'],
    [{ kind: 'html' }, 'EXPORT_MALFORMED'],
    [{ kind: 'empty' }, 'EXPORT_MALFORMED'],
  ])('refuses an export spoilt by %j', async (fault, code) => {
    const { sandbox, hub, tools } = await start();
    sandbox.setFault('acme', { ...fault, on: 'export' });
    expect((await rejectionOf(exportHub(hub, tools))).code).toBe(code);
  });

  test.each<[what: string, text: string, code: string]>([
    [
      'cut where it happens to end like a whole one',
      '{"name":"Acme","servers":{"main":{}',
      'EXPORT_INCOMPLETE',
    ],
    ['that is an error body', '{"status_code":200,"error":"canary"}', 'EXPORT_MALFORMED'],
    ['without a member', '{}', 'EXPORT_MALFORMED'],
    ['in an encoding that is not UTF-8', '{"name":"\xff"}', 'EXPORT_MALFORMED'],
  ])('refuses an export %s', async (_what, text, code) => {
    const { hub, tools } = await start();
    const spoilt: Hub = { ...hub, exportTree: async () => Buffer.from(text, 'latin1') };
    const error = await rejectionOf(exportHub(spoilt, tools));
    expect(error.code).toBe(code);
    expect(saidBy(error)).not.toContain('canary');
  });
});
