/** A person who was deleted signs up again: the restored person's identifiers name another user by now. */
import { describe, expect, it } from 'vitest';
import type { IdentifierChoice } from '../../../functions/config/change/taken-identifiers.ts';
import type { JsonObject } from '../../../functions/config/json/json.ts';
import { dumpPart } from '../../../functions/restore/parts/dump-part.ts';
import type { DumpTarget, PartChanges } from '../../../functions/restore/source/restore-plan.ts';
import { failureOf } from '../../config/failure.ts';

const ROBIN = 'robin@example.com';
const of = (user: string, pool = 'people') => ({ tenant_id: 't', user_pool_id: pool, user_id: user });
const user = (id: string, pool = 'people') => ({ id, tenant_id: 't', user_pool_id: pool, status: 'active' });
const identifier = (id: string, owner: string, value: string = ROBIN, more: JsonObject = {}) => ({
  id,
  ...of(owner),
  type: 'email',
  identifier: value,
  ...more,
});
const address = (id: string, owner: string, more: JsonObject = {}) => ({
  id,
  ...of(owner),
  type: 'email',
  address: ROBIN,
  verified: true,
  ...more,
});
const pools = ['people', 'staff'].map((id) => ({ id, tenant_id: 't', name: id }));

interface People {
  readonly users?: readonly string[];
  readonly identifiers?: readonly JsonObject[];
  readonly addresses?: readonly JsonObject[];
}
const dumpOf = ({ users = ['old'], identifiers = [], addresses = [] }: People): JsonObject => ({
  pools,
  users: users.map((id) => user(id)),
  user_identifiers: identifiers,
  user_verifiable_addresses: addresses,
});

const planned = (
  backup: JsonObject,
  live: JsonObject,
  identifiers?: IdentifierChoice,
  more: Partial<DumpTarget> = {},
): PartChanges =>
  dumpPart.planChanges(
    {
      part: 'identity',
      dump: backup,
      secretPointers: [],
      mode: 'update',
      credentials: 'restore',
      ownClientId: undefined,
      added: null,
      identifiers,
      ...more,
    },
    live,
  );
const reportOf = (changes: PartChanges) =>
  dumpPart.report(changes, dumpPart.verify(changes, changes.changes.targetState));
const problemsOf = (changes: PartChanges) => reportOf(changes).problems.map(({ code }) => code);

const TAKEN: readonly (readonly [what: string, backup: People, live: People])[] = [
  [
    'an e-mail address',
    { identifiers: [identifier('i1', 'old')] },
    { identifiers: [identifier('i2', 'new')] },
  ],
  [
    'the same in capitals',
    { identifiers: [identifier('i1', 'old', 'Robin@Example.com')] },
    { identifiers: [identifier('i2', 'new')] },
  ],
  [
    'a telephone number',
    { identifiers: [identifier('i1', 'old', '+4912345', { type: 'mobile' })] },
    { identifiers: [identifier('i2', 'new', '+4912345', { type: 'mobile' })] },
  ],
  [
    'an external id',
    { identifiers: [identifier('i1', 'old', 'hr-17', { type: 'external' })] },
    { identifiers: [identifier('i2', 'new', 'hr-17', { type: 'external' })] },
  ],
  [
    'the same under another type',
    { identifiers: [identifier('i1', 'old', ROBIN, { type: 'uid' })] },
    { identifiers: [identifier('i2', 'new')] },
  ],
  ['a verified address', { addresses: [address('a1', 'old')] }, { addresses: [address('a2', 'new')] }],
];

describe.each(TAKEN)('%s that another user has by now', (_, before, now) => {
  const backup = dumpOf(before);
  const live = dumpOf({ ...now, users: ['new'] });

  it('stops the restore before anything is sent, and no message holds it', () => {
    for (const changes of [planned(backup, live), planned(backup, live, 'fail')]) {
      expect(problemsOf(changes)).toEqual(['IDENTIFIER_TAKEN']);
      const failure = failureOf(() => dumpPart.requireWritable(changes));
      expect(failure).toMatchObject({
        code: 'CHANGE_IMPOSSIBLE',
        facts: {
          problem: 'IDENTIFIER_TAKEN',
          pointers: [expect.stringMatching(/^\/user_.*\/people~1[ai]1$/)],
        },
      });
      expect(failure.message).toMatch(
        /of user old is in use by user new: choose "skip" or "take" for identifiers/,
      );
      const text = JSON.stringify([failure.message, failure.facts, reportOf(changes)]);
      expect(text).not.toMatch(/robin|4912345|hr-17/i);
    }
  });

  it('is left out if the request says so; the user comes back', () => {
    const changes = planned(backup, live, 'skip');
    dumpPart.requireWritable(changes);
    expect(reportOf(changes)).toMatchObject({
      counts: { created: 1 },
      problems: [],
      warnings: [
        { code: 'IDENTIFIERS_SKIPPED', message: expect.stringContaining('1 identifiers are left out') },
      ],
    });
    const sent = JSON.stringify(dumpPart.writesOf(changes, undefined));
    expect(sent).toContain('"old"');
    expect(sent).not.toMatch(/"[ai][12]"/);
  });

  it('is taken from the other user before it is given to the restored one', () => {
    const changes = planned(backup, live, 'take');
    dumpPart.requireWritable(changes);
    expect(reportOf(changes)).toMatchObject({
      counts: { created: 2, pruned: 1 },
      problems: [],
      warnings: [{ code: 'IDENTIFIERS_TAKEN', message: expect.stringContaining('1 identifiers are taken') }],
    });
    expect(dumpPart.writesOf(changes, undefined).map(({ phase }) => phase)).toEqual(['pruning', 'importing']);
  });

  it('goes back where a rollback returns it', () => {
    const changes = planned(backup, live, 'take');
    const undo = dumpPart.planUndo(changes, changes.changes.targetState, live);
    expect(dumpPart.writesOf(undo, undefined).map(({ phase }) => phase)).toEqual([
      'pruning',
      'importing',
      'pruning',
    ]);
  });
});

describe('no identifier is taken', () => {
  const robin = identifier('i1', 'old');
  it.each<[what: string, backup: People, live: People, more?: Partial<DumpTarget>]>([
    [
      'by the same user',
      { identifiers: [robin] },
      { identifiers: [identifier('i2', 'old')], users: ['old'] },
    ],
    [
      'in another pool',
      { identifiers: [robin] },
      { identifiers: [identifier('i2', 'new', ROBIN, of('new', 'staff'))] },
    ],
    [
      'by an address that is not verified',
      { addresses: [address('a1', 'old')] },
      { addresses: [address('a2', 'new', { verified: false })] },
    ],
    [
      'by an address, as these name a user on their own',
      { identifiers: [robin] },
      { addresses: [address('a2', 'new')] },
    ],
    [
      'where the backup has it twice',
      { identifiers: [robin, identifier('i2', 'new')], users: ['old', 'new'] },
      { identifiers: [identifier('i2', 'new')], users: ['new'] },
    ],
    [
      'by a user who gets another one back',
      { identifiers: [robin, identifier('i2', 'new', 'kim@example.com')], users: ['old', 'new'] },
      {
        identifiers: [identifier('i1', 'old', 'x@example.com'), identifier('i2', 'new')],
        users: ['old', 'new'],
      },
    ],
    [
      'by an object that goes away as well',
      { identifiers: [robin] },
      { identifiers: [identifier('i2', 'new')] },
      {
        added: new Set([JSON.stringify(['user_identifiers', 't', null, 'people', 'i2'])]),
      },
    ],
    [
      'by an object that is not restored',
      { identifiers: [robin] },
      { identifiers: [identifier('i2', 'new')] },
      {
        selection: { include: [{ resourceType: 'pools' }], exclude: [] },
      },
    ],
  ])('%s', (_, before, now, more) => {
    const changes = planned(dumpOf(before), dumpOf({ users: ['new'], ...now }), 'fail', more);
    expect(problemsOf(changes)).toEqual([]);
    expect(reportOf(changes).warnings).toEqual([]);
  });
});

it('takes an identifier from a user who is not selected, and nothing else', () => {
  const backup = dumpOf({ identifiers: [identifier('i1', 'old')] });
  const live = dumpOf({
    users: ['new'],
    identifiers: [identifier('i2', 'new'), identifier('i3', 'new', 'kim@example.com')],
  });
  const selection = { include: [{ resourceType: 'users', ids: ['old'] }], exclude: [] };
  const changes = planned(backup, live, 'take', { selection });
  expect(reportOf(changes)).toMatchObject({
    counts: { created: 2, pruned: 1 },
    pruned: ['/user_identifiers/people~1i2'],
  });
});

describe('identifiers that users have exchanged', () => {
  const kim = 'kim@example.com';
  const backup = dumpOf({
    users: ['a', 'b'],
    identifiers: [identifier('i1', 'a'), identifier('i2', 'b', kim)],
  });
  const freedBy = (live: JsonObject) =>
    dumpPart.writesOf(planned(backup, live), undefined).flatMap(({ phase, ...write }) => {
      const { sent } = write as { sent: { readonly removed?: ReadonlySet<string> } };
      return [phase, ...(sent.removed ?? [])];
    });

  it('are removed before the first import, as each batch must leave one user to each', () => {
    const live = dumpOf({
      users: ['a', 'b'],
      identifiers: [identifier('i1', 'a', kim), identifier('i2', 'b')],
    });
    expect(freedBy(live)).toEqual([
      'pruning',
      JSON.stringify(['user_identifiers', 't', null, 'people', 'i1']),
      JSON.stringify(['user_identifiers', 't', null, 'people', 'i2']),
      'importing',
    ]);
  });

  it('stay where only one of them changed', () => {
    const live = dumpOf({
      users: ['a', 'b'],
      identifiers: [identifier('i1', 'a', 'robin@new.example'), identifier('i2', 'b', kim)],
    });
    expect(freedBy(live)).toEqual(['importing']);
  });

  it('stay where both users have it before and after', () => {
    const twice = [identifier('i1', 'a'), identifier('i2', 'b', ROBIN, { type: 'uid' })];
    const live = dumpOf({ users: ['a'], identifiers: twice });
    const changes = planned(dumpOf({ users: ['a', 'b'], identifiers: twice }), live);
    expect(dumpPart.writesOf(changes, undefined).map(({ phase }) => phase)).toEqual(['importing']);
  });
});

describe('an identifier that its user passed on', () => {
  const [first, second, third] = ['a@example.com', 'b@example.com', 'c@example.com'];

  it.each<
    [what: string, backup: readonly JsonObject[], live: readonly JsonObject[], back: readonly string[]]
  >([
    [
      'to a restored user',
      [identifier('i1', 'u1', first), identifier('i3', 'u3', second)],
      [identifier('i1', 'u1', second), identifier('i2', 'u2', first)],
      [],
    ],
    [
      'from user to user',
      [identifier('i1', 'u1', first), identifier('i2', 'u2', second), identifier('i3', 'u3', third)],
      [identifier('i1', 'u1', second), identifier('i2', 'u2', third), identifier('i4', 'u4', first)],
      [],
    ],
    [
      'by a user whose backup has it twice',
      [identifier('i1', 'u1', first), identifier('i5', 'u1', second), identifier('i3', 'u3', second)],
      [identifier('i1', 'u1', second), identifier('i2', 'u2', first)],
      ['i3', 'i5'],
    ],
  ])('stays with that user if theirs is skipped: %s', (_, before, now, back) => {
    const live = dumpOf({ users: ['u1', 'u2', 'u4'], identifiers: now });
    const changes = planned(dumpOf({ users: ['u1', 'u2', 'u3'], identifiers: before }), live, 'skip');
    const restored = before.filter(({ id }) => back.includes(String(id)));
    const { warnings, problems } = reportOf(changes);
    expect(problems).toEqual([]);
    expect(warnings[0]?.message).toContain(`${before.length - restored.length} identifiers are left out`);
    const after = (changes.changes.targetState as JsonObject)['user_identifiers'] as JsonObject[];
    expect(after).toHaveLength(now.length + restored.length);
    expect(after).toEqual(expect.arrayContaining([...now, ...restored]));
  });
});
