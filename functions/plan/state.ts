/** The two states that a plan compares. A fingerprint replaces each credential. */
import { joinCredentials } from '../config/credentials/credentials.ts';
import {
  type Fingerprints,
  fingerprintCredentials,
  fingerprintKeyName,
} from '../config/credentials/fingerprints.ts';
import { parseConfigPart } from '../config/export/parts.ts';
import type { Json } from '../config/json/json.ts';
import { parseInPieces } from '../config/json/json-pieces.ts';
import type { Warning } from '../config/model/warning.ts';
import type { Clients } from '../runtime/clients.ts';
import { assessBlanks } from '../state/assess-blanks.ts';
import { exportHub, exportSystem, parseState } from '../state/export-state.ts';
import { type BackupReference, openChosen } from '../state/open-backup.ts';
import { type Enrolment, issuerOf } from '../tenant/enrolment/enrolment.ts';
import { requireDocument } from '../vault/format/documents.ts';
import type { Manifest } from '../vault/format/manifest.ts';
import { extentWarning } from './backup-warnings.ts';
import type { PlannedPart } from './plan-document.ts';
import type { StateChoice } from './request.ts';
import { sourceMismatch } from './source-mismatch.ts';

export type StateTools = Pick<
  Clients,
  | 'vault'
  | 'keptBackups'
  | 'sealer'
  | 'trustedSigners'
  | 'keyRegistry'
  | 'maxExportBytes'
  | 'enrolments'
  | 'connect'
  | 'fingerprintKeys'
  | 'retryTools'
  | 'now'
>;

/** Names a state that a plan compared. */
export type StateReference =
  | (BackupReference & { readonly kind: 'backup'; readonly etag: string })
  | { readonly kind: 'live'; readonly tenant: string; readonly issuer: string; readonly exportedAt: string };

export interface State {
  readonly reference: StateReference;
  /** Name of the key of its fingerprints: only those of one key can be compared. */
  readonly fingerprintKey: string;
  /** The configuration without credentials. */
  readonly config: Json;
  readonly fingerprints: Fingerprints;
  /** Names of the tenant that its texts may contain: the id, as in URLs, and the host. */
  readonly names: readonly string[];
  /** Set if a backup is of another tenant than the enrolment. */
  readonly mismatch?: Warning | null;
  /** Set if a backup is not whole. */
  readonly extent?: Warning | null;
}

/** A state that was chosen, whose parts can be read. */
export interface ChosenState {
  /** Of a backup; null for the live tenant, which has all parts. */
  readonly manifest: Manifest | null;
  readonly enrolment: Pick<Enrolment, 'parts'>;
  read(part: PlannedPart): Promise<State | LiveState>;
}

/** Chooses and checks a backup, once for all its parts. The key of configurations is enough: its credentials stay sealed.
 * @returns `read` throws PART_ABSENT if the backup lacks the part, and the errors of opening
 * @throws the errors of `openChosen` */
export async function chooseBackupState(
  choice: StateChoice & { readonly tenant: string; readonly allowOldBytes?: boolean | undefined },
  tools: StateTools,
): Promise<ChosenState> {
  const enrolment = await tools.enrolments.get(choice.tenant);
  const { version, reference, opened } = await openChosen(choice, enrolment, tools);
  const { manifest } = opened;
  return {
    manifest,
    enrolment,
    async read(part) {
      requireDocument(manifest, part);
      const config = await opened.open(`${part}.config`);
      const { document, fingerprintKey, fingerprints } = parseConfigPart(config);
      return {
        reference: { kind: 'backup', ...reference, etag: version.etag },
        fingerprintKey,
        config: document,
        fingerprints,
        names: namesOf(enrolment),
        mismatch: sourceMismatch(manifest, enrolment),
        extent: extentWarning(manifest),
      };
    },
  };
}

const namesOf = ({ tenantId, origin }: Enrolment): string[] => [tenantId, new URL(origin).host];

/** The live state of a part, read with a token that cannot write. */
export interface LiveState extends State {
  /** The export with credentials: only in memory, and never stored. Holds secrets. */
  readonly exported: Json;
  /** The client that we authenticate with. */
  readonly clientId: string;
  readonly hasKeyRotation: boolean;
}

/** Chooses a tenant as it is. Each part is exported when it is read, and keeps its credentials only as fingerprints.
 * @param fingerprintTenant owner of the fingerprint key: the tenant of the state that this is compared with
 * @returns `read` throws the errors of `exportHub` and `exportSystem`; CREDENTIALS_BLANK if the export of the hub is redacted */
export async function chooseLiveState(
  tenant: string,
  fingerprintTenant: string,
  correlationId: string,
  tools: StateTools,
): Promise<ChosenState> {
  const enrolment = await tools.enrolments.get(tenant);
  const apis = tools.connect(enrolment, 'read', correlationId);
  return {
    manifest: null,
    enrolment,
    async read(part): Promise<LiveState> {
      const exportedAt = tools.now().toISOString();
      const [split, key] = await Promise.all([
        part === 'hub' ? exportHub(apis.hub, tools.retryTools) : exportSystem(apis),
        tools.fingerprintKeys.derive(fingerprintTenant),
      ]);
      if (part === 'hub') assessBlanks(split.blanks, 'accept');
      return {
        reference: { kind: 'live', tenant, issuer: issuerOf(enrolment), exportedAt },
        fingerprintKey: fingerprintKeyName(key),
        config: parseInPieces(Buffer.concat(split.config), ['servers']),
        fingerprints: fingerprintCredentials(split.credentials, key, split.placeOf),
        names: namesOf(enrolment),
        exported: parseState(part, split.exported),
        clientId: enrolment.clientId,
        hasKeyRotation: enrolment.keyRotation === true,
      };
    },
  };
}

/** Returns the configuration with a fingerprint in the place of each credential: a comparison then sees which credentials differ,
 * and can show none. */
export const fingerprinted = ({ config, fingerprints }: State): Json => joinCredentials(config, fingerprints);

/** Tells whether SecureAuth may have had a release between two states: two live exports come from the same release. */
export const areAcrossReleases = (...states: readonly State[]): boolean =>
  states.some(({ reference }) => reference.kind === 'backup');

/** Tells whether one state is later than the other. */
export const isNewer = (one: State, other: State): boolean => timeOf(one) > timeOf(other);

const timeOf = ({ reference }: State): string =>
  reference.kind === 'live' ? reference.exportedAt : reference.storedAt;
