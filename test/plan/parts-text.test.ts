import { expect, test } from 'vitest';
import { leftOutText, partsText } from '../../functions/plan/parts-text.ts';
import type { TenantPart } from '../../functions/tenant/enrolment/enrolment-schema.ts';

test.each<[TenantPart[], TenantPart[], string, string[]]>([
  [['hub'], [], 'part hub', []],
  [['hub', 'system'], [], 'parts hub, system', []],
  [
    ['hub', 'system'],
    ['identity'],
    'parts hub, system',
    ['people are left out: name them with --parts hub,system,identity'],
  ],
  [['hub'], ['system', 'identity'], 'part hub', ['left out of the backup: system, identity']],
])('%j beside %j are told', (parts, otherParts, restored, leftOut) => {
  expect(partsText(parts)).toBe(restored);
  expect(leftOutText(parts, otherParts)).toEqual(leftOut);
});
