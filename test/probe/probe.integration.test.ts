import { afterAll, describe, expect, test } from 'vitest';
import { TenantBackupError } from '../../functions/errors.ts';
import { PROBE_PREFIX, WRITES } from '../../functions/probe/experiment.ts';
import { EXPERIMENTS, type ExperimentName } from '../../functions/probe/experiments.ts';
import { openLaboratory } from '../../functions/probe/laboratory.ts';
import { type ProbeControl, type ProbeResult, runProbe } from '../../functions/probe/run-probe.ts';
import { type BehaviourOrder, behaviourSchema } from '../../scripts/sandbox/behaviour.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { CLIENT_ID, CLIENT_SECRET, startWith } from '../scripts/sandbox/support.ts';
import { connectBy, enrolmentFor } from '../tenant/connection.ts';

/** Probes against the sandbox, which answers in every way that its switches offer. This prints a line for each way:
 *
 *     PROBE_TABLE=1 npx vitest run --project integration test/probe/probe.integration.test.ts
 */

const CONTROL: ProbeControl = { save: async () => {}, confirm: async () => {}, isLate: () => false };
const PATIENT = { headersMilliseconds: 30_000, bodyMilliseconds: 30_000, maxBodyBytes: 64 * 1024 * 1024 };

const TREE = {
  name: 'Scratch',
  settings: { default_workspace_id: 'main' },
  schemas: { person: { name: 'Person', schema: {} } },
  servers: {
    main: {
      name: 'Main',
      access_token_ttl: '5m0s',
      clients: { shop: { client_name: 'Shop', redirect_uris: ['https://shop.test/'] } },
      scripts: { greet: { name: 'Greet', body: 'module.exports = () => 1' } },
    },
  },
};

async function probing(
  options: Parameters<typeof startWith>[1] = {},
  control: Partial<ProbeControl> = {},
  prepare: (sandbox: Sandbox) => void = () => {},
) {
  const { sandbox } = await startWith(TREE, options);
  try {
    prepare(sandbox);
    const before = sandbox.tenant('acme');
    const enrolment = enrolmentFor(sandbox);
    const apis = connectBy(enrolment, { access: 'manage', limits: PATIENT });
    const reader = connectBy(enrolment, { access: 'read-only', limits: PATIENT });
    const result = await runProbe(openLaboratory({ enrolment, apis, reader }), { ...CONTROL, ...control });
    const left = JSON.stringify([sandbox.tenant('acme'), sandbox.dump('acme')]).includes(PROBE_PREFIX);
    return { result, before, after: sandbox.tenant('acme'), left, requests: sandbox.requests };
  } finally {
    await sandbox.close();
  }
}

const table = ({ findings }: ProbeResult): Record<string, string> =>
  Object.fromEntries(
    findings.map(({ name, answer, detail }) => [name, detail === null ? answer : `${answer}: ${detail}`]),
  );

/** What the sandbox does by default. */
const USUAL: Record<ExperimentName, string> = {
  hub: 'on: status 200',
  'read-scope': 'suffices',
  'rate-limit-headers': 'none',
  'absent-object': 'kept',
  'absent-section': 'kept',
  'absent-workspace': 'kept',
  'absent-settings': 'kept',
  'mode-fail': 'refused: status 422 (unprocessable_entity)',
  'mode-ignore': 'kept: status 204',
  'unknown-mode': 'refused: status 400 (bad_request)',
  'dry-run': 'writes-nothing: status 204',
  'unknown-member': 'kept',
  'merge-patch-rest': 'kept',
  'list-add': 'refused: status 422 (unprocessable_entity)',
  'redacted-secret': 'generated',
  'redacted-keys': 'generated',
  'key-sets': 'kept',
  'embedded-client-id': 'kept',
  'system-absent-object': 'kept',
  'system-patch-removal': 'deleted',
  'size-limit': 'none',
};

const ALL_UNKNOWN = (why: string): Record<string, string> =>
  Object.fromEntries(Object.keys(USUAL).map((name) => [name, `unknown: ${why}`]));

type Row = readonly [behaviour: BehaviourOrder, expected: Readonly<Record<string, string>>];

/** What differs from the usual with each value of each switch. */
const SWITCHES: readonly Row[] = [
  [{}, {}],
  [
    { absentOnImport: 'delete' },
    { 'absent-object': 'deleted', 'absent-section': 'deleted', 'absent-workspace': 'deleted' },
  ],
  [{ absentOnImport: 'delete-within' }, { 'absent-object': 'deleted', 'absent-workspace': 'deleted' }],
  [{ settingsOnImport: 'reset' }, { 'absent-settings': 'reset' }],
  [{ hub: 'off-403' }, { ...ALL_UNKNOWN('the hub is off'), hub: 'off: status 403 (forbidden)' }],
  [{ hub: 'off-404' }, { ...ALL_UNKNOWN('the hub is off'), hub: 'off: status 404 (not_found)' }],
  [{ unknownMembers: 'ignore' }, { 'unknown-member': 'dropped' }],
  [{ typedFields: 'keep-unknown' }, {}],
  [{ typedFields: 'drop-unknown' }, { 'unknown-member': 'dropped' }],
  [{ unknownMembers: 'refuse' }, { 'unknown-member': 'refused: status 422 (unprocessable_entity)' }],
  [{ builtInWorkspaces: 'hidden' }, {}],
  [{ redaction: 'null' }, {}],
  [{ redaction: 'missing' }, {}],
  [{ hubConflictStatus: 400 }, { 'mode-fail': 'refused: status 400 (unprocessable_entity)' }],
  [{ hubConflictStatus: 409 }, { 'mode-fail': 'refused: status 409 (unprocessable_entity)' }],
  [{ release: { withdraws: { clients: ['trusted'] } } }, {}],
  [{ rootWithoutTid: 'default' }, {}],
  [{ usersPerImport: 1 }, {}],
  [{ ignoreMode: 'overwrite' }, { 'mode-ignore': 'overwritten: status 204' }],
  [{ unknownMode: 'ignore' }, { 'unknown-mode': 'kept: status 204' }],
  [{ unknownMode: 'update' }, { 'unknown-mode': 'overwritten: status 204' }],
  [{ dryRun: 'ignore' }, { 'dry-run': 'writes: status 204' }],
  [{ patchAdd: 'append' }, { 'list-add': 'appended' }],
  [{ mergePatchRest: 'drop' }, { 'merge-patch-rest': 'lost' }],
  [{ dumpRemoval: 'keep' }, { 'system-patch-removal': 'kept' }],
  [{ absentOnDumpImport: 'delete' }, { 'system-absent-object': 'deleted' }],
  [{ redactedImport: 'keep' }, { 'redacted-secret': 'kept', 'redacted-keys': 'kept' }],
  [{ redactedImport: 'blank' }, { 'redacted-secret': 'blank', 'redacted-keys': 'blank' }],
  [{ keySets: 'replace' }, { 'key-sets': 'changed' }],
  [{ embeddedClientIds: 'new' }, { 'embedded-client-id': 'changed' }],
  [{ readScope: 'refused' }, { 'read-scope': 'refused: status 403 (insufficient_scope)' }],
  [{ headers: 'shown' }, { 'rate-limit-headers': 'shown: x-ratelimit-limit=100, x-ratelimit-remaining=99' }],
  [
    { bodyLimitBytes: 1024 * 1024 },
    { 'size-limit': 'limited: 4 MiB: status 413 (request_entity_too_large)' },
  ],
];

/** A line for each way: the switch, what it changes, and how many objects are as before. */
const lines: string[] = [];
afterAll(() => {
  if (process.env['PROBE_TABLE']) process.stdout.write(`\n${lines.join('\n')}\n`);
});

const words = (record: object): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');

describe('a probe', () => {
  test.each(SWITCHES)('of a tenant with %j finds %j, and leaves nothing', async (behaviour, expected) => {
    const { result, before, after, left } = await probing({ behaviour });
    const found = table(result);
    const unusual = Object.entries(found).filter(
      ([name, answer]) => answer !== USUAL[name as ExperimentName],
    );
    lines.push(
      [
        (words(behaviour) || 'as usual').padEnd(40),
        `${result.equal} of ${result.compared} as before, ${result.leftBehind.length} left`.padEnd(32),
        words(
          Object.fromEntries(behaviour === SWITCHES[0]?.[0] ? Object.entries(found) : unusual.slice(0, 4)),
        ),
      ].join('  '),
    );
    expect(found).toEqual({ ...USUAL, ...expected });
    expect(result.leftBehind).toEqual([]);
    expect(result.equal).toBe(result.compared);
    expect(left).toBe(false);
    expect(after).toEqual(before);
    expect(result.productVersion).toBe(behaviour.headers === 'shown' ? '2026.11.0' : null);
    if (result.findings[0]?.answer === 'on') expect(result.compared).toBeGreaterThan(5);
  });

  test('is tried with every value of every switch', () => {
    const tried = new Set(
      SWITCHES.flatMap(([behaviour]) => Object.entries(behaviour).map(([name, value]) => `${name}=${value}`)),
    );
    const untried = Object.entries(behaviourSchema.shape).flatMap(([name, { def }]) => {
      const { innerType } = def as { innerType: { options?: readonly (string | { value: unknown })[] } };
      const values = innerType.options
        ?.slice(1)
        .map((option) => (typeof option === 'string' ? option : option.value));
      const isTried = (value: unknown) => tried.has(`${name}=${value}`);
      if (values === undefined) return [...tried].some((each) => each.startsWith(`${name}=`)) ? [] : [name];
      return values.filter((value) => !isTried(value)).map((value) => `${name}=${value}`);
    });
    expect(untried).toEqual([]);
  });

  test('deletes what an earlier probe left that was killed', async () => {
    const { result, left } = await probing({}, {}, (sandbox) =>
      sandbox.changeTenant('acme', (tree) => {
        Object.assign(tree['servers'] as object, { [`${PROBE_PREFIX}killed`]: { name: 'Left' } });
      }),
    );
    expect(table(result)).toEqual(USUAL);
    expect(result.leftBehind).toEqual([]);
    expect(left).toBe(false);
  });

  test('deletes by the other kind of patch if the tenant refuses merge patches', async () => {
    const { result, left } = await probing({}, {}, (sandbox) =>
      sandbox.setFault('acme', { kind: 'fail', on: 'patch', status: 422, times: 1 }),
    );
    expect(result.leftBehind).toEqual([]);
    expect(left).toBe(false);
  });

  test.each([
    { kind: 'throttle', times: 2, after: 9 },
    { kind: 'burst-refusal', times: 2, after: 9 },
  ] as const)('waits as long as the tenant asks: $kind', async (fault) => {
    const { result, left } = await probing({}, {}, (sandbox) => sandbox.setFault('acme', fault));
    expect(table(result)).toEqual(USUAL);
    expect(left).toBe(false);
  });

  test('names what it could not delete', async () => {
    const id = `${PROBE_PREFIX}dry-run`;
    const { result, left } = await probing({}, {}, (sandbox) =>
      sandbox.setFault('acme', { kind: 'skip-import', on: 'patch', pointer: `/servers/${id}` }),
    );
    expect(table(result)).toEqual(USUAL);
    expect(result.leftBehind).toContain(`extra /servers/${id}`);
    expect(left).toBe(true);
  });

  test('imports no tenant whose export lacks the secret of its own client', async () => {
    const { result, before, after } = await probing({}, {}, (sandbox) =>
      sandbox.setFault('acme', { kind: 'redacted', on: 'export', api: 'hub' }),
    );
    expect(after).toEqual(before);
    for (const { name, writes } of EXPERIMENTS) {
      if (writes !== WRITES.tenant) continue;
      expect(table(result)[name]).toBe("unknown: the export lacks the secret of the probe's own client");
    }
  });

  test('names what imports change elsewhere in the tenant', async () => {
    const { result } = await probing({}, {}, (sandbox) =>
      sandbox.setFault('acme', {
        kind: 'skip-import',
        on: 'import',
        pointer: '/servers/main/access_token_ttl',
      }),
    );
    expect(result.leftBehind).toContain('changed /servers/main');
    expect(result.equal).toBe(result.compared - result.leftBehind.length);
  });

  test('says unknown where the tenant fails at imports', async () => {
    const { result, left } = await probing({}, {}, (sandbox) =>
      sandbox.setFault('acme', { kind: 'fail', status: 503, on: 'import' }),
    );
    for (const { name, needs } of EXPERIMENTS) {
      const answer = table(result)[name];
      if (needs.length === 0) expect(answer).toBe(USUAL[name]);
      else expect(answer).toMatch(/^unknown: its workspace was not created: status 503/);
    }
    expect(result.leftBehind).toEqual([]);
    expect(left).toBe(false);
  });

  test('says unknown of the system API where the tenant refuses it', async () => {
    const { result } = await probing({}, {}, (sandbox) =>
      sandbox.setFault('acme', { kind: 'fail', status: 403, on: 'export', api: 'system' }),
    );
    const why = 'unknown: the system API refuses its export';
    expect(table(result)).toEqual({
      ...USUAL,
      'embedded-client-id': why,
      'system-absent-object': why,
      'system-patch-removal': why,
    });
    expect(result.leftBehind).toEqual([]);
  });

  test('finds that the client does not get the scope for reading', async () => {
    const clients = [{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scopes: ['manage_configuration'] }];
    const { result } = await probing({ clients });
    expect(table(result)).toEqual({ ...USUAL, 'read-scope': 'not-granted' });
  });

  test('makes no further experiment when its time is over', async () => {
    let rest = 4;
    const { result, left } = await probing({}, { isLate: () => rest-- <= 0 });
    expect(result.findings.slice(0, 5).map(({ answer }) => answer)).not.toContain('unknown');
    const why = { answer: 'unknown', detail: 'the time was over' };
    for (const finding of result.findings.slice(5)) expect(finding).toMatchObject(why);
    expect(result.findings).toHaveLength(EXPERIMENTS.length);
    expect(left).toBe(false);
  });

  test('ends, and leaves nothing, when its lock is lost', async () => {
    let rest = 5;
    const lost = new TenantBackupError('LOCK_LOST', 'lost');
    const confirm = async () => {
      if (rest-- <= 0) throw lost;
    };
    const { sandbox } = await startWith(TREE);
    const enrolment = enrolmentFor(sandbox);
    const apis = connectBy(enrolment, { access: 'manage', limits: PATIENT });
    const laboratory = openLaboratory({ enrolment, apis, reader: apis });
    await expect(runProbe(laboratory, { ...CONTROL, confirm })).rejects.toBe(lost);
    expect(JSON.stringify(sandbox.tenant('acme'))).not.toContain(PROBE_PREFIX);
    await sandbox.close();
  });

  test('tells no secret of the tenant', async () => {
    const { result, before } = await probing();
    const text = JSON.stringify(result);
    const secrets = [...JSON.stringify(before).matchAll(/"(?:client_secret|secret|d)":"([^"]{8,})"/g)];
    expect(secrets.length).toBeGreaterThan(3);
    for (const [, secret = ''] of secrets) expect(text).not.toContain(secret);
  });

  test('answers each question with one of its own words', () => {
    const words = new Map<string, readonly string[]>(
      EXPERIMENTS.map(({ name, answers }) => [name, [...Object.keys(answers), 'refused', 'unknown']]),
    );
    for (const [name, answer] of SWITCHES.flatMap(([, row]) => Object.entries({ ...USUAL, ...row }))) {
      expect(words.get(name), name).toContain(answer.split(':')[0]);
    }
  });
});
