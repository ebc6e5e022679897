import { describe, expect, it } from 'vitest';
import {
  keyRotationOf,
  takeKeyRotations,
  withKeyRotations,
  workspacesOf,
} from '../../../functions/config/export/key-rotations.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { rejectionOf } from '../../rejection.ts';

const DUMP = '{"wide":12345678901234567890,"servers":[{"id":"main","tenant_id":"acme"},{"name":"no id"}]}\n';
const MAIN = { id: 'main', tenantId: 'acme' };

describe('workspacesOf', () => {
  it('lists workspaces with their tenants', () => {
    expect(workspacesOf(Buffer.from(DUMP))).toEqual([MAIN]);
  });

  it.each(['{}', '{"servers":{"main":{}}}', '{"servers":null}'])('finds none in %s', (dump) => {
    expect(workspacesOf(Buffer.from(dump))).toEqual([]);
  });

  it.each([
    ['[', 'EXPORT_INCOMPLETE'],
    ['{"servers":[{"id":"main"}],}', 'EXPORT_MALFORMED'],
  ])('refuses %s as %s', async (dump, code) => {
    expect((await rejectionOf(async () => workspacesOf(Buffer.from(dump)))).code).toBe(code);
  });
});

describe('keyRotationOf', () => {
  const of = (answer: string) => keyRotationOf(MAIN, 'enc', Buffer.from(answer));

  it('keeps unknown members, and drops the time of the next run', () => {
    expect(
      of('{"enabled":true,"cron":"0 0 1 * *","scheduled_at":"2026-02-01T00:00:00Z","jitter":1.50}'),
    ).toEqual({
      tenant_id: 'acme',
      server_id: 'main',
      use: 'enc',
      enabled: true,
      cron: '0 0 1 * *',
      jitter: expect.anything(),
    });
  });

  it.each([
    ['never set', '{"enabled":false,"cron":""}'],
    ['disabled', '{"enabled":false,"cron":"0 0 1 * *"}'],
    ['disabled, without the empty member', '{"enabled":false}'],
  ])('holds no schedule that is %s', (_, answer) => {
    expect(of(answer)).toBeNull();
  });

  it.each(['{}', '{"error":"denied"}', '{"enabled":"true","cron":"@daily"}', '{"enabled":true}'])(
    'refuses %s, which is no schedule',
    async (answer) => {
      expect((await rejectionOf(async () => of(answer))).code).toBe('EXPORT_MALFORMED');
    },
  );
});

it('puts the schedules last, leaves all other bytes, and takes them out again', () => {
  const rotation: JsonObject = { server_id: 'main', use: 'sig', enabled: true, cron: '@daily' };
  const text = withKeyRotations(Buffer.from(DUMP), [rotation]).toString();
  expect(text).toBe(
    `${DUMP.slice(0, -2)},"automatic_key_rotations":[{"server_id":"main","use":"sig","enabled":true,"cron":"@daily"}]}`,
  );
  expect(takeKeyRotations(JSON.parse(text))).toEqual({ rest: JSON.parse(DUMP), rotations: [rotation] });
  expect(takeKeyRotations({ servers: [] })).toEqual({ rest: { servers: [] }, rotations: [] });
});
