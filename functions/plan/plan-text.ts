/** The text of a plan: a line for each change, warnings and problems, and a summary. */
import { showDuration } from '../units.ts';
import { visible } from '../visible.ts';
import { leftOutText, partsText } from './parts-text.ts';
import type { Plan, PlannedProperty } from './plan-document.ts';

type Change = Plan['changes'][number];

/** The first character of a change, by kind. */
const SIGNS: Readonly<Record<Change['kind'], string>> = {
  created: '+',
  updated: '~',
  pruned: '-',
  kept: '=',
  extra: '?',
  notRestorable: '!',
  unchanged: ' ',
};

/** The words of the summary, in their order. */
const WORDS: readonly (readonly [Change['kind'], string])[] = [
  ['created', 'to create'],
  ['updated', 'to update'],
  ['pruned', 'to delete'],
  ['notRestorable', 'not restorable'],
  ['kept', 'kept as they are'],
  ['extra', 'only in the tenant'],
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
/** Of a long value before the first difference. */
const CONTEXT_CHARACTERS = 20;
/** Of those that a long list gains or loses. */
const MAX_ELEMENTS = 5;

/** Returns the lines of a plan, each of at most a few hundred characters, without colours.
 * @param now for the age of the backup */
export const planText = (plan: Plan, now: Date): string =>
  [
    visible(headingOf(plan, now)),
    ...leftOutText(plan.parts, plan.otherParts),
    '',
    textOf(
      plan,
      WORDS,
      verdictOf(plan),
      'skipped: the client this restore authenticates with, and what it needs for that',
    ),
  ].join('\n');

/** Formats a time for people. */
export type ShowTime = (time: Date) => string;

/** Returns the lines of a comparison, which has no verdict of a restore.
 * @param now for the age of both states */
export function comparisonText(plan: Plan, now: Date, showTime: ShowTime): string {
  const { tenant, parts, actual, desired } = plan;
  const [older, newer] = [actual, desired].map((state) => stateText(state, tenant, now, showTime));
  const verdict = plan.changes.length === 0 ? 'no differences; ' : '';
  return [
    visible(`diff ${tenant} (${partsText(parts)}): ${older} → ${newer}`),
    '',
    textOf(plan, COMPARISON_WORDS, verdict, 'not compared: the client that reads the tenant'),
  ].join('\n');
}

function textOf(plan: Plan, words: typeof WORDS, verdict: string, ofOwnClient: string): string {
  const lines = changesText(plan.changes);
  if (lines.length > 0) lines.push('');
  lines.push(...noteLines(plan, ofOwnClient));
  lines.push(`${verdict}${summary(plan, words)}`);
  // Names and messages are the tenant's own: they end no line.
  return lines.map(visible).join('\n');
}

/** Returns the lines of changes: of every deletion, as a person agrees to it only by name, and of the first of all others. */
export function changesText(changes: readonly Change[]): string[] {
  const shown = changes.filter(({ kind }, index) => index < MAX_CHANGES || kind === 'pruned');
  const more = changes.length - shown.length;
  return [...shown.flatMap(changeLines), ...(more > 0 ? [`  … and ${more} more`] : [])].map(visible);
}

const headingOf = ({ planId, tenant, parts, desired }: Plan, now: Date): string =>
  `plan ${planId}: restore ${tenant} (${partsText(parts)}) to ${stateText(desired, tenant, now, showUtc)}`;

/** Returns `backup <id> (daily, 2026-01-31 02:00 UTC, 8 min ago)`. */
function stateText(state: Plan['desired'], target: string, now: Date, showTime: ShowTime): string {
  const of = state.tenant === target ? '' : ` of ${state.tenant}`;
  const timeText = (text: string) => {
    const time = new Date(text);
    // The command shows what a function answers, whatever that is.
    if (Number.isNaN(time.getTime())) return text;
    return `${showTime(time)}, ${showDuration(now.getTime() - time.getTime())} ago`;
  };
  return state.kind === 'live'
    ? `the live tenant${of === '' ? '' : ` ${state.tenant}`} (${timeText(state.exportedAt)})`
    : `backup ${state.backupId}${of} (${state.tier}, ${timeText(state.storedAt)})`;
}

const showUtc: ShowTime = (time) => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

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

function propertyText({ old, new: now, secret, oldCharacters, newCharacters }: PlannedProperty): string {
  if (secret) return 'secret differs';
  const [before, after] = [valueText(old, oldCharacters), valueText(now, newCharacters)];
  if (isShort(before) && isShort(after)) return `${visible(before)} → ${visible(after)}`;
  if (Array.isArray(old) && Array.isArray(now)) return listText(old, now);
  const start = Math.max(0, firstDifference(before, after) - CONTEXT_CHARACTERS);
  const from = (text: string) => clip(start === 0 ? text : `…${text.slice(start).toWellFormed()}`);
  return `${from(before)} → ${from(after)}`;
}

function valueText(value: unknown, characters: number | undefined): string {
  if (characters !== undefined) return `(${characters} characters)`;
  return value === undefined ? '(none)' : JSON.stringify(value);
}

/** Says which elements a list gains and loses, as the lists themselves are too long. */
function listText(old: readonly unknown[], now: readonly unknown[]): string {
  const [before, after] = [old, now].map((list) => new Set(list.map((element) => JSON.stringify(element))));
  const added = [...(after ?? [])].filter((element) => !before?.has(element));
  const removed = [...(before ?? [])].filter((element) => !after?.has(element));
  const some = (word: string, elements: readonly string[]) => [
    ...elements.slice(0, MAX_ELEMENTS).map((element) => `${word} ${clip(element)}`),
    ...(elements.length > MAX_ELEMENTS ? [`${word} ${elements.length - MAX_ELEMENTS} more`] : []),
  ];
  const said = [...some('adds', added), ...some('loses', removed)];
  return said.length > 0 ? said.join(', ') : 'in another order, or another number of the same';
}

function firstDifference(one: string, other: string): number {
  let index = 0;
  while (index < one.length && one[index] === other[index]) index++;
  return index;
}

const isShort = (text: string): boolean => visible(text).length <= MAX_VALUE_CHARACTERS;

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
    lines.push('credentials not compared: their fingerprints are under different keys');
  }
  if (plan.needsCredentialChoice) {
    lines.push(
      `${plan.credentialsDiffering.length} credentials differ: choose "restore" (from the backup) or "keep" (the present ones)`,
    );
  }
  return lines.length > 0 ? [...lines, ''] : [];
}

const verdictOf = (plan: Plan): string =>
  plan.problems.length > 0 ? 'cannot be applied; ' : plan.isEmpty ? 'no changes; ' : '';

function summary(plan: Plan, words: typeof WORDS): string {
  const counts = words.flatMap(([kind, word]) => {
    const count = plan.counts[kind] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return `objects: ${counts.length > 0 ? counts.join(', ') : 'none'}`;
}

/** Escapes and shortens a name or a value of the tenant to one line. */
function clip(value: string): string {
  const line = visible(value);
  return line.length > MAX_VALUE_CHARACTERS ? `${line.slice(0, MAX_VALUE_CHARACTERS).toWellFormed()}…` : line;
}
