/**
 * JSON Pointers: how every place in an export is named, in credentials, differences and errors.
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */

/** Escapes one reference token: `~` becomes `~0`, `/` becomes `~1`. */
function escapePointerToken(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

/** Returns the pointer of a member or element below `pointer`. */
export function childPointer(pointer: string, key: string | number): string {
  return `${pointer}/${typeof key === 'number' ? key : escapePointerToken(key)}`;
}

/** Returns the pointer made of unescaped keys; without keys, that of the whole document (`""`). */
export function formatPointer(keys: readonly (string | number)[]): string {
  return keys.reduce<string>(childPointer, '');
}

/** Returns the unescaped keys of a pointer; mirror of `formatPointer`.
 * @returns `undefined` if the text is not a pointer: it must be empty or start with `/`, and every `~` must be
 *   followed by `0` or `1` */
export function parsePointer(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  const tokens = pointer.slice(1).split('/');
  // Replace `~1` first: `~01` means the two characters `~1`, not `/`.
  return pointer.includes('~') ? tokens.map((t) => t.replaceAll('~1', '/').replaceAll('~0', '~')) : tokens;
}
