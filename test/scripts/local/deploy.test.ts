import { describe, expect, test } from 'vitest';
import { essentialError, layContext, progressOf } from '../../../scripts/local/deploy.ts';

describe('layContext', () => {
  test('lays an object over the object of the same key and replaces anything else', () => {
    const base = { product: { days: 7, schedules: ['nightly'], kept: true }, '@flag': true };
    expect(layContext(base, { product: { days: 1, schedules: [] }, '@flag': false, more: { a: 1 } })).toEqual(
      {
        product: { days: 1, schedules: [], kept: true },
        '@flag': false,
        more: { a: 1 },
      },
    );
  });
});

describe('progressOf', () => {
  test.each([
    ['✨  Synthesis time: 5.57s', 'synthesized in 5.57 s'],
    [
      'Probe: success: Published Function/Code (current_account-current_region-7caf)',
      'uploaded Function/Code',
    ],
    [
      'Probe |  3/28 | 2:40:37 AM | CREATE_COMPLETE  | AWS::S3::Bucket | Bucket (Bucket83908E77) ',
      'created AWS::S3::Bucket Bucket',
    ],
    [
      'Probe |   2 | 2:40:37 AM | UPDATE_COMPLETE | AWS::Lambda::Function | Backup/Function ',
      'updated AWS::Lambda::Function Backup/Function',
    ],
  ])('shortens %s', (line, expected) => {
    expect(progressOf(line)).toBe(expected);
  });

  test.each([
    ['Probe |   2 | 2:40:37 AM | CREATE_IN_PROGRESS | AWS::S3::Bucket | Bucket (Bucket83908E77) '],
    ['Probe |  16 | 2:40:37 AM | CREATE_COMPLETE | AWS::CloudFormation::Stack | Probe '],
    ['Probe: deploying... [1/1]'],
    [''],
  ])('says nothing of %s', (line) => {
    expect(progressOf(line)).toBeUndefined();
  });
});

describe('essentialError', () => {
  test('keeps the lines that tell why, once each, and no stack trace', () => {
    const output =
      'Probe: start\nINVALID_CONFIGURATION: days must be at least 1, got 0\nINVALID_CONFIGURATION: days must be at least 1, got 0\n    at main (app.ts:1:1)\nbye';
    expect(essentialError(output)).toBe('INVALID_CONFIGURATION: days must be at least 1, got 0');
  });

  test('keeps the failed resource and its reason', () => {
    const failed = 'Probe | 3/9 | 10:00:00 | CREATE_FAILED | AWS::S3::Bucket | Vault name is taken';
    expect(essentialError(`one\n${failed}\ntwo`)).toBe(failed);
  });

  test('gives the output itself where no line tells', () => {
    expect(essentialError('one\ntwo\n')).toBe('one\ntwo');
  });
});
