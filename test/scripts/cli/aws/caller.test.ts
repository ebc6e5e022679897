import { expect, test } from 'vitest';
import { principalOf } from '../../../../scripts/cli/aws/caller.client.ts';

test.each([
  ['arn:aws:sts::111122223333:assumed-role/Backups/ann', 'role', 'Backups'],
  [
    'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Ops_0123/ann@example.com',
    'role',
    'AWSReservedSSO_Ops_0123',
  ],
  ['arn:aws:iam::111122223333:user/people/ann', 'user', 'ann'],
  ['arn:aws:iam::111122223333:user/ann', 'user', 'ann'],
  ['arn:aws:iam::111122223333:root', 'root', 'root'],
  ['arn:aws:sts::111122223333:federated-user/ann', 'other', 'federated-user/ann'],
])('%s is the %s %s', (arn, kind, name) => {
  expect(principalOf(arn)).toEqual({ kind, name });
});
