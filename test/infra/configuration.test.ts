import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../infra/configuration.ts';
import { rejectionOf } from '../rejection.ts';
import { buildStack, shippedSettings } from './synthesize.ts';

const smallest = { schedules: [{ name: 'nightly', expression: 'cron(0 2 * * ? *)' }] };

describe('parseConfiguration', () => {
  it('accepts the settings that are shipped', () => {
    expect(parseConfiguration(shippedSettings)).toMatchObject({
      stackName: 'TenantBackup',
      props: shippedSettings,
      settings: { name: 'TenantBackup', removal: 'retain' },
    });
  });

  it('accepts JSON text, as the command line gives it', () => {
    expect(parseConfiguration(JSON.stringify(smallest))).toEqual(parseConfiguration(smallest));
  });

  it('gives the stack its own fields, and the construct all others', () => {
    const own = { stackName: 'Trial', terminationProtection: false, tags: { costCentre: 'identity' } };
    expect(parseConfiguration({ ...smallest, ...own })).toMatchObject({ ...own, props: smallest });
  });

  it.each<[what: string, context: unknown, words: string]>([
    ['nothing', undefined, 'must be an object, got nothing'],
    ['text that is not JSON', '{schedules', 'must be a JSON object, got text of 10 characters'],
    ['a list', [], 'must be an object, got an array'],
    ['a stack name with a space', { ...smallest, stackName: 'Tenant Backup' }, 'stackName must be 1 to 40'],
    ['a tag without a name', { ...smallest, tags: { '': 'x' } }, 'tags'],
    [
      'a setting out of bounds',
      { ...smallest, maxReceiveCount: 0 },
      'maxReceiveCount must be at least 1, got 0',
    ],
    ['an unknown setting', { ...smallest, color: 'red' }, 'unknown field "color"'],
  ])('refuses %s, and names the context', async (_, context, words) => {
    const { code, message } = await rejectionOf(() => parseConfiguration(context));
    expect({ code, message }).toEqual({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringMatching(/^tenantBackup/),
    });
    expect(message).toContain(words);
  });
});

describe('termination protection', () => {
  it.each([
    [{ removal: 'retain' }, true],
    [{ removal: 'destroy' }, false],
    [{ removal: 'destroy', terminationProtection: true }, true],
    [{ removal: 'retain', terminationProtection: false }, false],
  ])('with %j is %s', (settings, protection) => {
    expect(buildStack(settings).stack.terminationProtection).toBe(protection);
  });
});
