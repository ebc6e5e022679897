import { describe, expect, test } from 'vitest';
import { FUNCTION_TAGS, UPLOADED_TAG } from '../../../functions/runtime/names.ts';
import { logicalId, synthesize } from '../synthesize.ts';
import { WITH_DRILL } from './ledger-table.ts';
import { simulate } from './policy-simulator.ts';
import { resourceNames } from './role-tables.ts';

/** Only a person can say that a person uploaded a version: else old bytes could be passed off as an upload. */

const template = synthesize(WITH_DRILL);
const { archive, safetyArchive, vault } = resourceNames(template);

describe.each([
  ['BackupRole', archive],
  ['RestoreRole', safetyArchive],
  ['DrillRole', `${vault}/safety/scratch.tar`],
])('%s', (name, resource) => {
  const put = (action: string, tags: readonly string[]) =>
    simulate(template, {
      role: logicalId(template, 'AWS::IAM::Role', name),
      action,
      resource,
      context: tags.length > 0 ? { 's3:RequestObjectTagKeys': tags } : {},
    });

  test.each(['s3:PutObject', 's3:PutObjectTagging'])(
    '%s with the tags of functions, and no mark',
    async (action) => {
      for (const tag of FUNCTION_TAGS) expect(await put(action, [tag])).toBe('allowed');
      expect(await put(action, [])).toBe('allowed');
      expect(await put(action, [UPLOADED_TAG])).toBe('denied');
      expect(await put(action, [FUNCTION_TAGS[0], UPLOADED_TAG])).toBe('denied');
    },
  );
});
