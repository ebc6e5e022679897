import { describe, expect, it } from 'vitest';
import { readEscrowKey } from '../../functions/runtime/environment.ts';
import { EnvironmentName } from '../../functions/runtime/names.ts';
import { completeSettings } from '../../infra/settings.ts';
import { rejectionOf, saidBy } from '../rejection.ts';
import { escrowPair } from '../vault/sample-backup.ts';
import { resourcesOf, shippedSettings, synthesize } from './synthesize.ts';

const { publicKey, privateKey } = escrowPair();

/** The escrow key in the environment of each function, by the verb. */
function escrowKeys(settings: Record<string, unknown>): Record<string, string | undefined> {
  const functions = Object.values(resourcesOf(synthesize(settings), 'AWS::Lambda::Function'));
  return Object.fromEntries(
    functions.flatMap(({ Properties }) => {
      const { Variables = {} } = (Properties['Environment'] ?? {}) as { Variables?: Record<string, string> };
      const verb = String(Properties['FunctionName']).split('-').at(-1) ?? '';
      return [[verb, Variables[EnvironmentName.escrowPublicKey]] as const];
    }),
  );
}

describe('an escrow key in the settings', () => {
  it('reaches the functions that seal, and no other', () => {
    const drill = { schedule: 'rate(1 day)', into: 'scratch' };
    const { backup, ...others } = escrowKeys({ escrowPublicKey: publicKey, drill });
    expect({ backup, ...others }).toEqual({
      backup: publicKey,
      restore: publicKey,
      drill: publicKey,
      plan: undefined,
      audit: undefined,
      dispatch: undefined,
      status: undefined,
    });
    expect(readEscrowKey({ [EnvironmentName.escrowPublicKey]: backup })).toMatchObject({ pem: publicKey });
  });

  it('is nowhere if there is none', () => {
    expect(Object.values(escrowKeys({})).filter((key) => key !== undefined)).toEqual([]);
    expect(readEscrowKey({})).toBeUndefined();
    expect(readEscrowKey({ [EnvironmentName.escrowPublicKey]: '' })).toBeUndefined();
  });

  it.each([
    ['a private key', privateKey, 'got a private key'],
    ['a short key', escrowPair(2048).publicKey, 'at least 3072 bits, got 2048'],
    ['no key', 'none', 'must be an RSA public key in PEM'],
  ])('is refused if it is %s, and not shown', async (_, pem, problem) => {
    const refusals = [
      await rejectionOf(() => completeSettings({ ...shippedSettings, escrowPublicKey: pem }, 'tenantBackup')),
      await rejectionOf(() => readEscrowKey({ [EnvironmentName.escrowPublicKey]: pem })),
    ];
    expect(refusals.map(({ code }) => code)).toEqual(['INVALID_CONFIGURATION', 'INVALID_ENVIRONMENT']);
    for (const refusal of refusals) {
      expect(refusal.message).toContain(problem);
      expect(saidBy(refusal)).not.toContain(pem.split('\n')[1] ?? pem);
    }
  });
});
