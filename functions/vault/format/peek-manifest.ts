import { TenantBackupError } from '../../errors.ts';
import { MANIFEST_FILE } from './archive.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';
import { BLOCK_BYTES } from './tar.ts';

/** The first bytes of an archive that always hold its manifest. */
export const MAX_PEEK_BYTES = BLOCK_BYTES + MAX_MANIFEST_BYTES;

/** Reads the manifest from the beginning of an archive, without fetching all of it. Only the form of the manifest is
 * checked: opening the backup proves its content.
 * @param beginning the first bytes of an archive
 * @returns the manifest, or how many bytes from the beginning of the archive are needed to read it
 * @throws ARCHIVE_MALFORMED if it does not begin like an archive
 * @throws MANIFEST_MALFORMED, FORMAT_UNSUPPORTED see `parseManifest` */
export function peekManifest(beginning: Uint8Array): Manifest | { readonly neededBytes: number } {
  if (beginning.byteLength < BLOCK_BYTES) return { neededBytes: BLOCK_BYTES };
  const header = Buffer.from(beginning.buffer, beginning.byteOffset, BLOCK_BYTES);
  const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  const sizeText = header.toString('latin1', 124, 136);
  if (name !== MANIFEST_FILE || !/^[0-7]{11} $/.test(sizeText)) {
    throw new TenantBackupError('ARCHIVE_MALFORMED', `archive must begin with ${MANIFEST_FILE}`);
  }
  const end = BLOCK_BYTES + Number.parseInt(sizeText, 8);
  if (end > MAX_PEEK_BYTES) {
    throw new TenantBackupError(
      'MANIFEST_MALFORMED',
      `${MANIFEST_FILE}: must be at most ${MAX_MANIFEST_BYTES} bytes, got ${end - BLOCK_BYTES}`,
    );
  }
  return beginning.byteLength < end
    ? { neededBytes: end }
    : parseManifest(beginning.subarray(BLOCK_BYTES, end));
}
