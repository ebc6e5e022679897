/** What an import does where an object of the same id exists: leave it, refuse everything, or overwrite it. Always sent:
 * the vendor's pages differ about the default. */
export const IMPORT_MODES = ['ignore', 'fail', 'update'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];
