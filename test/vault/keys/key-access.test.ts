import { describe, expect, it } from 'vitest';
import { addedPrincipals, describePrincipal } from '../../../functions/vault/keys/key-access.ts';

/** Whom a key lets in beside its own account, whatever form its policy names them in. */

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ROOT = 'arn:aws:iam::111122223333:root';
const ALICE = 'arn:aws:iam::111122223333:user/alice';

const root = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' };
const allow = (rest: object) => ({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', ...rest });
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const added = (text: string, keyArn = KEY) =>
  addedPrincipals(keyArn, text, [])?.map(({ principal }) => principal);

describe('a key lets nobody in', () => {
  it.each<[string, string]>([
    ['by the policy that KMS gives a key', policy(root)],
    ['by a statement that is no list', JSON.stringify({ Statement: root })],
    ['by the account as its number', policy({ ...root, Principal: { AWS: '111122223333' } })],
    ['by the account in a list', policy({ ...root, Principal: { AWS: [ROOT] } })],
    ['by a denial of somebody', policy(root, { ...allow({ Principal: { AWS: ALICE } }), Effect: 'Deny' })],
    [
      'by a denial of all but somebody',
      policy(root, { Effect: 'Deny', NotPrincipal: { AWS: ROOT }, Action: '*' }),
    ],
    ['by a policy without statements', policy()],
  ])('%s', (_, text) => {
    expect(added(text)).toEqual([]);
  });

  it('in another partition', () => {
    const principal = { AWS: 'arn:aws-us-gov:iam::111122223333:root' };
    const key = KEY.replace('aws', 'aws-us-gov');
    expect(added(policy({ ...root, Principal: principal }), key)).toEqual([]);
    expect(added(policy(root), key)).toEqual([ROOT]);
  });
});

describe('a key lets in', () => {
  it.each<[string, object, string[]]>([
    ['a user', allow({ Principal: { AWS: ALICE } }), [ALICE]],
    ['several', allow({ Principal: { AWS: ['arn:b', ROOT, 'arn:a', 'arn:b'] } }), ['arn:a', 'arn:b']],
    ['everybody', allow({ Principal: '*' }), ['*']],
    ['everybody of AWS', allow({ Principal: { AWS: '*' } }), ['*']],
    ['everybody under a condition', allow({ Principal: '*', Condition: { Bool: { a: 'true' } } }), ['*']],
    ['all but one', allow({ NotPrincipal: { AWS: ALICE } }), [`all but ${ALICE}`]],
    ['another account', allow({ Principal: { AWS: '444455556666' } }), ['444455556666']],
    [
      'the root of another account',
      allow({ Principal: { AWS: 'arn:aws:iam::444455556666:root' } }),
      ['arn:aws:iam::444455556666:root'],
    ],
    ['a service', allow({ Principal: { Service: 'rds.amazonaws.com' } }), ['rds.amazonaws.com']],
    ['a federation', allow({ Principal: { Federated: 'cognito' } }), ['cognito']],
    [
      'several kinds',
      allow({ Principal: { AWS: ALICE, Service: ['a.amazonaws.com'] } }),
      ['a.amazonaws.com', ALICE],
    ],
    ['a role of a function', allow({ Principal: { AWS: 'arn:role/plan' } }), ['arn:role/plan']],
    ['somebody without Decrypt', allow({ Principal: { AWS: ALICE }, Action: 'kms:PutKeyPolicy' }), [ALICE]],
  ])('%s', (_, statement, expected) => {
    expect(added(policy(root, statement))).toEqual(expected);
    expect(added(policy(statement))).toEqual(expected);
  });

  it('whom a grant names, each by its id', () => {
    const grants = [
      { grantId: 'g1', principal: ALICE },
      { grantId: 'g2', principal: ALICE },
    ];
    const both = addedPrincipals(KEY, policy(root, allow({ Principal: { AWS: ALICE } })), grants) ?? [];
    expect(both.map(describePrincipal)).toEqual([
      `${ALICE}, by the key's policy`,
      `${ALICE}, by grant g1`,
      `${ALICE}, by grant g2`,
    ]);
  });
});

it.each(['', '[]', 'null', '{}', '{"Statement":[{"Effect":"Maybe"}]}', '{"Statement":"*"}'])(
  'what is no policy says nothing of whom a key lets in: %s',
  (text) => {
    expect(addedPrincipals(KEY, text, [])).toBeNull();
  },
);
