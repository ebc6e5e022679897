import type { Json } from '../../functions/config/json/json.ts';
import { listObjects } from '../../functions/config/model/objects.ts';
import { shapeOf } from '../../functions/config/model/shape.ts';
import type { Reference } from '../../functions/config/references/reference-table.ts';
import { referencesIn, referencesNotHeld } from '../../functions/config/references/references.ts';

const notHeld = (tree: Json, presence: 'missing' | 'elsewhere', shape = shapeOf(tree)): Reference[] =>
  referencesNotHeld(listObjects(tree, { shape }), shape)
    .filter((found) => found.presence === presence)
    .map(({ reference }) => reference);

/** The references to nothing. */
export const danglingOf = (tree: Json, shape = shapeOf(tree)): Reference[] => notHeld(tree, 'missing', shape);

/** The references to what the tree need not hold. */
export const elsewhereOf = (tree: Json): Reference[] => notHeld(tree, 'elsewhere');

/** How many references the members of a tree's objects are. */
export const countReferences = (tree: Json): number => listObjects(tree).flatMap(referencesIn).length;
