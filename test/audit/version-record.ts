import type { VersionRecord } from '../../functions/audit/history.ts';

export type Facts = Partial<NonNullable<VersionRecord['manifest']>>;

/** What an audit keeps of a good daily backup without contents, but for what is given.
 * @param facts of its manifest */
export const versionRecord = (
  { storedAt, ...changes }: Partial<VersionRecord> & Pick<VersionRecord, 'versionId' | 'etag' | 'storedAt'>,
  facts: Facts & Required<Pick<Facts, 'backupId' | 'scheduledTime' | 'exportedAt'>>,
): VersionRecord => ({
  tier: 'daily',
  storedAt,
  sizeBytes: 1,
  gone: false,
  verdict: 'ok',
  problem: null,
  uploadedBy: null,
  manifest: {
    tier: 'daily',
    previous: null,
    contentTime: null,
    adopted: false,
    keys: [],
    escrow: false,
    objects: {},
    credentials: 0,
    warnings: {},
    ...facts,
  },
  change: null,
  ...changes,
});
