/** The two states that a plan compares. Neither shows a credential: in the place of each is its fingerprint. */
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
import type { Enrolment } from '../tenant/enrolment/enrolment.ts';
import { requireDocument } from '../vault/format/documents.ts';
import { incompleteBackup } from './incomplete-backup.ts';
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

/** Which state a plan compared. */
export type StateReference =
  | (BackupReference & { readonly kind: 'backup'; readonly etag: string })
  | { readonly kind: 'live'; readonly tenant: string; readonly exportedAt: string };

export interface State {
  readonly reference: StateReference;
  /** Name of the key that its fingerprints are made with; those of two keys cannot be compared. */
  readonly fingerprintKey: string;
  /** The configuration without credentials. */
  readonly config: Json;
  readonly fingerprints: Fingerprints;
  /** What its texts would mention: the tenant's id in URLs, and its host. */
  readonly names: readonly string[];
  /** That a backup is of another tenant than the enrolment. */
  readonly mismatch?: Warning | null;
  /** That a backup lacks parts. */
  readonly incomplete?: Warning | null;
}

/** A backup's configuration. Its credentials stay sealed: no more than the key of configurations is needed.
 * @param part whose document it is
 * @throws NO_BACKUP, VERSION_NOT_FOUND, BEFORE_FIRST_BACKUP, PART_ABSENT if it does not hold the document, and the
 * errors of opening */
export async function backupState(
  choice: StateChoice & { readonly tenant: string },
  tools: StateTools,
  part: 'hub' | 'system' = 'hub',
): Promise<State> {
  const enrolment = await tools.enrolments.get(choice.tenant);
  const { version, reference, opened } = await openChosen(choice, enrolment, tools);
  const { manifest } = opened;
  requireDocument(manifest, part);
  const { document, fingerprintKey, fingerprints } = parseConfigPart(await opened.open(`${part}.config`));
  return {
    reference: { kind: 'backup', ...reference, etag: version.etag },
    fingerprintKey,
    config: document,
    fingerprints,
    names: namesOf(enrolment),
    mismatch: sourceMismatch(manifest, enrolment),
    incomplete: incompleteBackup(manifest),
  };
}

const namesOf = ({ tenantId, origin }: Enrolment): string[] => [tenantId, new URL(origin).host];

/** A part of a tenant as it is, read with a token that cannot write. */
export interface LiveState extends State {
  /** The export with credentials: in memory, for as long as the plan is made, and never stored. Holds secrets. */
  readonly exported: Json;
  /** The client that we authenticate with. */
  readonly clientId: string;
}

/** Exports a part of a tenant, and keeps its credentials only as fingerprints.
 * @param fingerprintTenant whose fingerprint key to use: the one of the state that this is compared with
 * @throws the errors of `exportHub` and `exportSystem`; CREDENTIALS_BLANK if the export of the hub is redacted */
export async function liveState(
  part: 'hub' | 'system',
  tenant: string,
  fingerprintTenant: string,
  correlationId: string,
  tools: StateTools,
): Promise<LiveState> {
  const enrolment = await tools.enrolments.get(tenant);
  const { hub, system } = tools.connect(enrolment, 'read', correlationId);
  const exportedAt = tools.now().toISOString();
  const [split, key] = await Promise.all([
    part === 'hub' ? exportHub(hub, tools.retryTools) : exportSystem(system),
    tools.fingerprintKeys.derive(fingerprintTenant),
  ]);
  if (part === 'hub') assessBlanks(split.blanks, 'accept');
  return {
    reference: { kind: 'live', tenant, exportedAt },
    fingerprintKey: fingerprintKeyName(key),
    config: parseInPieces(Buffer.concat(split.config), ['servers']),
    fingerprints: fingerprintCredentials(split.credentials, key, split.placeOf),
    names: namesOf(enrolment),
    exported: parseState(part, split.exported),
    clientId: enrolment.clientId,
  };
}

/** A state's configuration with each fingerprint in the place of its credential: whatever compares it sees which
 * credentials differ, and can show none. */
export const fingerprinted = ({ config, fingerprints }: State): Json => joinCredentials(config, fingerprints);

/** Tells whether a release of SecureAuth may lie between two states: two exports of now come from the same one. */
export const areAcrossReleases = (...states: readonly State[]): boolean =>
  states.some(({ reference }) => reference.kind === 'backup');

/** Whether one state is later than the other. */
export const isNewer = (one: State, other: State): boolean => timeOf(one) > timeOf(other);

const timeOf = ({ reference }: State): string =>
  reference.kind === 'live' ? reference.exportedAt : reference.storedAt;
