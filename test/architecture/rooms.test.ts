import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './imports.ts';
import { NOUNS, ROOMS } from './rules.ts';

describe('rooms', () => {
  test.each(Object.entries(ROOMS))('know every room of %s', async (folder, rooms) => {
    const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
    const found = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(found.toSorted()).toEqual([...rooms].sort());
  });

  const WITH_PAGES = [...NOUNS.map((noun) => `functions/${noun}`), 'scripts/cli'];

  test.each(WITH_PAGES)('are those that each room of %s names on its page', async (folder) => {
    const rooms = ROOMS[folder] ?? [];
    expect(rooms.length).toBeGreaterThan(0);
    for (const [index, room] of rooms.entries()) {
      const page = await readFile(join(ROOT, folder, room, 'index.md'), 'utf8');
      expect(page).toMatch(new RegExp(`^# ${room}\n\n\\S`));
      const before = rooms.slice(0, index).join(', ');
      expect(page).toContain(index === 0 ? 'It imports no other room.' : `It may import: ${before}.`);
    }
  });
});
