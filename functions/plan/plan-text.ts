/** A plan for people: a line for each change, and what to look out for. */
import { visible } from '../visible.ts';
import type { Plan, PlannedProperty } from './plan-document.ts';

type Change = Plan['changes'][number];

/** How each kind of change begins. */
const SIGNS: Readonly<Record<Change['kind'], string>> = {
  created: '+',
  updated: '~',
  pruned: '-',
  kept: '=',
  extra: '?',
  notRestorable: '!',
  unchanged: ' ',
};

/** How a count of each kind reads; in this order. */
const WORDS: readonly (readonly [Change['kind'], string])[] = [
  ['created', 'to create'],
  ['updated', 'to update'],
  ['pruned', 'to remove'],
  ['notRestorable', 'that cannot be restored'],
  ['kept', 'that differ and stay'],
  ['extra', 'that only the tenant has'],
  ['unchanged', 'unchanged'],
];

const COMPARISON_WORDS: typeof WORDS = [
  ['created', 'added'],
  ['updated', 'changed'],
  ['pruned', 'removed'],
  ['unchanged', 'unchanged'],
];

const MAX_CHANGES = 200;
const MAX_PROPERTIES = 20;
const MAX_PLACES = 10;
const MAX_VALUE_CHARACTERS = 80;

/** Lines of at most a few hundred characters, without colours and without a line break at the end. */
export const planText = (plan: Plan): string =>
  textOf(plan, WORDS, verdictOf(plan), 'left as it is, as the operation is made with it:');

/** The same of a comparison: nothing is to be carried out. */
export const comparisonText = (plan: Plan): string =>
  textOf(
    plan,
    COMPARISON_WORDS,
    plan.changes.length === 0 ? 'no differences; ' : '',
    'not compared, as the tenant is read with it:',
  );

function textOf(plan: Plan, words: typeof WORDS, verdict: string, ofOwnClient: string): string {
  const lines = [
    `plan ${plan.planId}${plan.part === 'system' ? ' of the part system' : ''}: make ${stateText(plan.actual)} what ${stateText(plan.desired)} is`,
    '',
  ];
  const shown = plan.changes.slice(0, MAX_CHANGES);
  for (const change of shown) lines.push(...changeLines(change));
  if (plan.changes.length > shown.length) lines.push(`  … and ${plan.changes.length - shown.length} more`);
  if (shown.length > 0) lines.push('');
  lines.push(...noteLines(plan, ofOwnClient));
  lines.push(`${verdict}${summary(plan, words)}`);
  // Names and messages are the tenant's own: they end no line.
  return lines.map(visible).join('\n');
}

const stateText = (state: Plan['actual']): string =>
  state.kind === 'live'
    ? `tenant ${state.tenant} of ${state.exportedAt}`
    : `backup ${state.backupId} of ${state.tenant} (${state.tier})`;

function changeLines({
  kind,
  type,
  id,
  workspace,
  pointer,
  name,
  isDependency,
  properties,
}: Change): string[] {
  const called = name === undefined || name === id ? '' : ` "${clip(name)}"`;
  const where = workspace === undefined ? '' : ` in ${clip(workspace)}`;
  const why = isDependency ? ' (needed by others)' : '';
  const lines = [
    `${SIGNS[kind]} ${type}${id === '' || id === type ? '' : ` ${clip(id)}`}${called}${where}${why}`,
  ];
  for (const property of properties.slice(0, MAX_PROPERTIES)) {
    lines.push(`    ${clip(property.pointer.slice(pointer.length + 1))}: ${propertyText(property)}`);
  }
  const more = properties.length - MAX_PROPERTIES;
  if (more > 0) lines.push(`    … and ${more} more`);
  return lines;
}

function propertyText(property: PlannedProperty): string {
  if (property.secret) return 'secret differs';
  return `${valueText(property.old, property.oldCharacters)} → ${valueText(property.new, property.newCharacters)}`;
}

function valueText(value: unknown, characters: number | undefined): string {
  if (characters !== undefined) return `(${characters} characters)`;
  return value === undefined ? '(none)' : clip(JSON.stringify(value));
}

function noteLines(plan: Plan, ofOwnClient: string): string[] {
  const lines: string[] = [];
  const places = (pointers: readonly string[]) =>
    pointers
      .slice(0, MAX_PLACES)
      .map((pointer) => `    ${clip(pointer) || '/'}`)
      .concat(pointers.length > MAX_PLACES ? [`    … and ${pointers.length - MAX_PLACES} more`] : []);
  if (plan.leftOut.length > 0) {
    lines.push(ofOwnClient, ...places(plan.leftOut));
  }
  for (const { code, message, pointers } of plan.warnings) {
    lines.push(`warning ${code}: ${message}`, ...places(pointers));
  }
  for (const { code, message, pointer } of plan.problems.slice(0, MAX_PLACES)) {
    lines.push(`problem ${code}: ${message}`, ...places([pointer]));
  }
  const more = plan.problems.length - MAX_PLACES;
  if (more > 0) lines.push(`… and ${more} more problems`);
  if (!plan.credentialsCompared) {
    lines.push('credentials were not compared: they are fingerprinted under two keys');
  }
  if (plan.needsCredentialChoice) {
    lines.push(
      `${plan.credentialsDiffering.length} credentials differ: choose "restore" (as in the backup) or "keep" (as they are)`,
    );
  }
  return lines.length > 0 ? [...lines, ''] : [];
}

const verdictOf = (plan: Plan): string =>
  plan.problems.length > 0 ? 'cannot be carried out; ' : plan.isEmpty ? 'nothing to do; ' : '';

function summary(plan: Plan, words: typeof WORDS): string {
  const counts = words.flatMap(([kind, word]) => {
    const count = plan.counts[kind] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return `objects: ${counts.length > 0 ? counts.join(', ') : 'none'}`;
}

/** One line, and not too much of it: names and values are the tenant's own. */
function clip(value: string): string {
  const line = visible(value);
  return line.length > MAX_VALUE_CHARACTERS ? `${line.slice(0, MAX_VALUE_CHARACTERS).toWellFormed()}…` : line;
}
