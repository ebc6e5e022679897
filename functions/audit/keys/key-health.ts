import type { BackupKey } from '../../vault/keys/key-registry.ts';
import type { KeyHealth } from '../assess/assess-fleet.ts';
import type { TenantHistory } from '../history.ts';
import type { DescribedKey } from './key-states.client.ts';

/** ARNs of the keys that seal nothing but that every backup needs. */
export type OwnKeys = Readonly<Record<'fingerprint' | 'signing', string>>;

/** Describes every backup key and every other key that backups need, and counts the backups that depend on each.
 * @param describe `KeyStates.describe` for several keys
 * @returns the keys, those that most backups need first */
export async function healthOfKeys(
  histories: readonly TenantHistory[],
  backupKeys: readonly BackupKey[],
  ownKeys: OwnKeys,
  describe: (keyArns: readonly string[]) => Promise<(DescribedKey | undefined)[]>,
): Promise<KeyHealth[]> {
  const needed = new Map<string, { backups: number; escrowed: number }>();
  for (const { versions } of histories) {
    for (const { gone, manifest } of versions) {
      if (gone || !manifest) continue;
      for (const keyArn of manifest.keys) {
        const { backups, escrowed } = needed.get(keyArn) ?? { backups: 0, escrowed: 0 };
        needed.set(keyArn, { backups: backups + 1, escrowed: escrowed + (manifest.escrow ? 1 : 0) });
      }
    }
  }
  const keyArns = [
    ...new Set([...needed.keys(), ...backupKeys.map(({ keyArn }) => keyArn), ...Object.values(ownKeys)]),
  ];
  const described = new Map((await describe(keyArns)).map((found) => [found?.keyArn, found]));
  return keyArns
    .map((keyArn): KeyHealth => {
      const own = (['fingerprint', 'signing'] as const).find((purpose) => ownKeys[purpose] === keyArn);
      const named = backupKeys.filter((key) => key.keyArn === keyArn);
      return {
        keyArn,
        purpose: own ?? named[0]?.purpose ?? null,
        labels: [...new Set(named.flatMap(({ labels }) => labels))],
        state: described.get(keyArn)?.state ?? 'Unavailable',
        principals: described.get(keyArn)?.principals ?? null,
        backups: needed.get(keyArn)?.backups ?? 0,
        escrowed: needed.get(keyArn)?.escrowed ?? 0,
        isDefault: own !== undefined || named.some(({ isDefault }) => isDefault),
      };
    })
    .sort((a, b) => b.backups - a.backups || (a.keyArn < b.keyArn ? -1 : 1));
}
