import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSelection } from '../../../../scripts/cli/ui/selection-options.ts';

function selectionFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'selection-')), 'selection');
  writeFileSync(file, text);
  return file;
}

test('a file selects as it says', async () => {
  const selection = selectionFile('\ufeff[{"resourceType":"clients","ids":["transfer.\\\\*"]}]');
  expect(await readSelection({ selection, dependencies: true })).toEqual({
    include: [{ resourceType: 'clients', ids: ['transfer.\\*'] }],
  });
});

test.each([
  ['no JSON', 'include: []', /must be JSON/],
  ['a member twice', '{"include":[],"exclude":[{"ids":["a"],"ids":["b"]}]}', /has \/exclude\/0\/ids twice$/],
  ['two whole lists', '{"exclude":[{"ids":["a"]}],"exclude":[]}', /has \/exclude twice$/],
  [
    'a number that a double changes',
    '[{"resourceType":"clients","resourceQuery":{"client_id_issued_at":12345678901234567891}}]',
    /longer one at \/0\/resourceQuery\/client_id_issued_at: send it as text$/,
  ],
])('a file with %s is refused', async (_, text, message) => {
  await expect(readSelection({ selection: selectionFile(text), dependencies: true })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(message),
  });
});
