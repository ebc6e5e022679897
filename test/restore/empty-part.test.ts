import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../functions/config/json/json.ts';
import { dumpPart } from '../../functions/restore/parts/dump-part.ts';
import { isVerified } from '../../functions/restore/parts/verification.ts';
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

function verified(dump: JsonObject, live: JsonObject, after: JsonObject) {
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
  return { planned, verification: dumpPart.verify(planned, after) };
}

describe('a part that is empty in the backup', () => {
  test.each<[what: string, dump: JsonObject, live: JsonObject, compared: number]>([
    ['into a tenant without people', {}, {}, 0],
    ['with collections that are empty', { pools: [], users: null } as JsonObject, {}, 0],
    ['into a tenant that has people by now, who stay', {}, people, 2],
  ])('is verified, and says how many objects were compared: %s', (_, dump, live, compared) => {
    const { planned, verification } = verified(dump, live, live);
    expect(isVerified(verification)).toBe(true);
    expect(dumpPart.report(planned, verification)).toMatchObject({
      compared,
      equal: compared,
      differing: [],
    });
  });

  test('is not verified where people are lost meanwhile', () => {
    expect(isVerified(verified({}, people, {}).verification)).toBe(false);
  });
});

test('a part that is not empty is verified by its objects alone', () => {
  expect(isVerified(verified(people, {}, people).verification)).toBe(true);
  expect(isVerified(verified(people, {}, {}).verification)).toBe(false);
});
