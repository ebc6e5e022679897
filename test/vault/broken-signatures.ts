import { sign } from 'node:crypto';
import type { ErrorCode } from '../../functions/errors.ts';
import { MANIFEST_FILE, SIGNATURE_FILE } from '../../functions/vault/format/archive.ts';
import type { TarEntry } from '../../functions/vault/format/tar.ts';
import { localSigner } from '../../scripts/bench/local-signer.ts';
import { filesOf, flipped, pack, textOf } from './forged-archive.ts';
import { partsOf, type SampleKeys } from './sample-backup.ts';

type Broken = [name: string, code: ErrorCode, bytes: Uint8Array];

/** Archives that the deployment's key has not signed as they are, by somebody who may seal and may not sign.
 * @param good an archive that opens
 * @param other another one, which the same key has signed */
export async function brokenSignatures(keys: SampleKeys, good: Buffer, other: Buffer): Promise<Broken[]> {
  const { manifest, signature, sealed } = partsOf(good);
  const files = filesOf(sealed);
  const stranger = localSigner();
  const page = (content: object): TarEntry => ({
    name: MANIFEST_FILE,
    content: Buffer.from(textOf(content)),
  });
  const signed = (content: Uint8Array): TarEntry => ({ name: SIGNATURE_FILE, content });
  const own = page(manifest);
  const carrying = (content: Uint8Array) => pack([own, signed(content), ...files]);
  const strangersManifest = { ...manifest, signedBy: stranger.key.fingerprint };
  const strangersPage = page(strangersManifest);
  return [
    ['unsigned', 'ARCHIVE_MALFORMED', pack([own, ...files])],
    ['signature-last', 'ARCHIVE_MALFORMED', pack([own, ...files, signed(signature)])],
    ['signature-twice', 'ARCHIVE_MALFORMED', pack([own, signed(signature), signed(signature), ...files])],
    [
      'signature-of-another-name',
      'ARCHIVE_MALFORMED',
      pack([own, { name: 'manifest.json.sig', content: signature }, ...files]),
    ],
    [
      'signed-by-another-key',
      'SIGNER_UNTRUSTED',
      pack([strangersPage, signed(stranger.signNow(strangersPage.content)), ...files]),
    ],
    [
      'names-another-key-than-signed-it',
      'SIGNER_UNTRUSTED',
      pack([strangersPage, signed(keys.signer.signNow(strangersPage.content)), ...files]),
    ],
    ['signed-by-another-key-in-its-name', 'SIGNATURE_INVALID', carrying(stranger.signNow(own.content))],
    ['signature-of-another-manifest', 'SIGNATURE_INVALID', carrying(partsOf(other).signature)],
    ['signature-empty', 'SIGNATURE_INVALID', carrying(Buffer.alloc(0))],
    ['signature-cut', 'SIGNATURE_INVALID', carrying(signature.subarray(0, -1))],
    ['signature-and-more', 'SIGNATURE_INVALID', carrying(Buffer.concat([signature, Buffer.alloc(1)]))],
    ['signature-flipped', 'SIGNATURE_INVALID', carrying(flipped(signature, -1))],
    [
      'signature-not-in-der',
      'SIGNATURE_INVALID',
      carrying(sign('sha256', own.content, { key: keys.signer.privateKey, dsaEncoding: 'ieee-p1363' })),
    ],
    [
      'signature-under-another-digest',
      'SIGNATURE_INVALID',
      carrying(sign('sha512', own.content, keys.signer.privateKey)),
    ],
    [
      'manifest-changed-after-it-was-signed',
      'SIGNATURE_INVALID',
      pack([page({ ...manifest, trigger: 'manual' }), signed(signature), ...files]),
    ],
    [
      'part-replaced-after-it-was-signed',
      'SIGNATURE_INVALID',
      pack([page(partsOf(other).manifest), signed(signature), ...filesOf(partsOf(other).sealed)]),
    ],
  ];
}
