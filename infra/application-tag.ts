/** Tag of every resource of a deployment. The command sets it on the keys that it makes. */
export const APPLICATION_TAG = { key: 'application', value: 'tenant-backup' } as const;
