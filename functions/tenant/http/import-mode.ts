/** How an import treats an object whose id exists: leave it, refuse everything, or overwrite it. Always sent, because
 * the vendor's pages disagree about the default. */
export const IMPORT_MODES = ['ignore', 'fail', 'update'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];
