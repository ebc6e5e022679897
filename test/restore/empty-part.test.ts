import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../functions/config/json/json.ts';
import { dumpPart } from '../../functions/restore/parts/dump-part.ts';
import { isProved } from '../../functions/restore/parts/proof.ts';
import type { DumpTarget } from '../../functions/restore/source/restore-plan.ts';
import { parseEnrolment } from '../../functions/tenant/enrolment/enrolment.ts';

/** A part of a backup without any object must not keep the other parts from being restored. */

const people: JsonObject = {
  pools: [{ id: 'people', name: 'People' }],
  users: [{ id: 'u1', user_pool_id: 'people', payload: { name: 'Somebody' } }],
};

const enrolment = parseEnrolment(
  JSON.stringify({ issuer: 'https://acme.example/acme/system', clientId: 'backup', clientSecret: 'secret' }),
  'acme',
);

function prove(dump: JsonObject, live: JsonObject, after: JsonObject) {
  const target: DumpTarget = {
    part: 'identity',
    dump,
    secretPointers: [],
    mode: 'update',
    credentials: 'restore',
    ownClientId: undefined,
    added: null,
  };
  const planned = dumpPart.planChanges(target, live);
  dumpPart.requireAllowed(planned, { enrolment, plan: null });
  dumpPart.requireWritable(planned);
  return { planned, proof: dumpPart.prove(planned, after) };
}

describe('a part that is empty in the backup', () => {
  test.each<[what: string, dump: JsonObject, live: JsonObject, compared: number]>([
    ['into a tenant without people', {}, {}, 0],
    ['with collections that are empty', { pools: [], users: null } as JsonObject, {}, 0],
    ['into a tenant that has people by now, who stay', {}, people, 2],
  ])('is proved, and says how many objects were compared: %s', (_, dump, live, compared) => {
    const { planned, proof } = prove(dump, live, live);
    expect(isProved(proof)).toBe(true);
    expect(dumpPart.report(planned, proof)).toMatchObject({ compared, equal: compared, differing: [] });
  });

  test('is not proved where people are lost meanwhile', () => {
    expect(isProved(prove({}, people, {}).proof)).toBe(false);
  });
});

test('a part that is not empty is proved by its objects alone', () => {
  expect(isProved(prove(people, {}, people).proof)).toBe(true);
  expect(isProved(prove(people, {}, {}).proof)).toBe(false);
});
