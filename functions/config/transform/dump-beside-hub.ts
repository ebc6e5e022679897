/** What a dump restores after the hub. */
import type { JsonObject } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import { isBesideTree, isOfOneTenant, isOnRequest } from '../model/coverage.ts';
import { dumpObjectsOf, tenantOfDump } from '../model/dump-objects.ts';
import type { Warning } from '../model/warning.ts';
import { transformDump } from './transform-dump.ts';
import type { Transform } from './transform-schema.ts';

/** What a dump restores after the hub. */
export interface DumpBesideHub {
  readonly dump: JsonObject;
  /** The types of these objects. */
  readonly isOwnType: (type: string) => boolean;
  readonly warnings: readonly Warning[];
}

/** Prepares what a dump adds to the hub.
 * @param into id of another tenant. @default - the tenant of the dump
 * @param secretPointers of secrets that the tables do not know; the result has them in the same places
 * @param withPeople whether the people of the tenant go there too: then its roles and vanity domains do
 * @param hasKeyRotation whether the enrolment names the API of key rotation */
export function dumpBesideHub(
  dump: JsonObject,
  transform: Transform | undefined,
  into: string | undefined,
  secretPointers: readonly string[],
  hasKeyRotation: boolean,
  withPeople = false,
): DumpBesideHub {
  const isBound = (type: string) => into !== undefined && !withPeople && isOfOneTenant(type);
  const isUnreachable = (type: string) => !hasKeyRotation && isOnRequest(type);
  const isOwnType = (type: string) => isBesideTree(type) && !isBound(type) && !isUnreachable(type);
  const tenantId = into ?? tenantOfDump(dump);
  const made = transformDump(dump, transform, { tenantId, secretPointers, sourceNames: [] });
  const lost = made.lost.filter((pointer) => isOwnType(parsePointer(pointer)?.[0] ?? ''));
  const countOf = (isMeant: (type: string) => boolean) =>
    [...dumpObjectsOf(dump)].filter(({ type }) => isMeant(type)).length;
  return {
    dump: made.dump,
    isOwnType,
    warnings: [
      ...made.warnings.filter(({ code }) => code === 'TRANSFORM_UNMATCHED'),
      ...warning('CREDENTIALS_LOST', lost.length, 'credentials of the part system have to be entered again'),
      ...warning(
        'TENANT_BOUND',
        countOf(isBound),
        'roles and vanity domains are left out, as the people are',
      ),
      ...warning(
        'KEY_ROTATION_ABSENT',
        countOf(isUnreachable),
        'schedules of key rotation are left out: the enrolment has no keyRotation',
      ),
    ],
  };
}

const warning = (code: Warning['code'], count: number, message: string): Warning[] =>
  count === 0 ? [] : [{ code, pointers: [], message: `${count} ${message}` }];
