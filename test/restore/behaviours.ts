import type { BehaviourOrder } from '../../scripts/sandbox/behaviour.ts';

/** A SecureAuth that writes zero values out, and resets and deletes what an import lacks. */
export const HARSH: BehaviourOrder = {
  typedFields: 'keep-unknown',
  settingsOnImport: 'reset',
  absentOnImport: 'delete',
};

/** The ways in which SecureAuth may treat what an imported document lacks, as it documents none: restores are tested under each. */
export const BEHAVIOURS: readonly (readonly [what: string, behaviour: BehaviourOrder])[] = [
  ['keeps what a document lacks', {}],
  ['stores typed fields', { typedFields: 'keep-unknown' }],
  ['stores typed fields, and drops unknown members', { typedFields: 'drop-unknown' }],
  ['resets settings that are not sent', { settingsOnImport: 'reset' }],
  ['deletes what an import lacks', { absentOnImport: 'delete' }],
  ['deletes what an import lacks of a map that it has', { absentOnImport: 'delete-within' }],
  ['stores typed fields, resets settings and deletes', HARSH],
];
