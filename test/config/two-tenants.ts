/** Two generated states of one tenant: objects that both have, alike or not, and objects that only one has. */
import fc from 'fast-check';
import { buildTree } from '../../functions/config/model/build-tree.ts';
import { objectsOf, type TreeObject } from '../../functions/config/model/objects.ts';
import { shapeOf } from '../../functions/config/model/shape.ts';
import { type Tree, tenant } from './arbitraries.ts';

export interface TwoTenants {
  readonly a: Tree;
  readonly b: Tree;
}

export const twoTenants: fc.Arbitrary<TwoTenants> = fc
  .tuple(tenant, tenant, fc.gen())
  .map(([first, second, generate]) => {
    const others = Map.groupBy(objectsOf(second), ({ type }) => type);
    const a: TreeObject[] = [];
    const b: TreeObject[] = [];
    const absent = { a: new Set<string>(), b: new Set<string>() };
    const put = (side: 'a' | 'b', object: TreeObject, objects: TreeObject[]) => {
      const lacksOwner = [...absent[side]].some((owner) => object.pointer.startsWith(`${owner}/`));
      const isThere = object.pointer === '' || generate(fc.nat, { max: 4 }) > 0;
      if (lacksOwner || !isThere) absent[side].add(object.pointer);
      else objects.push(object);
    };
    for (const object of objectsOf(first)) {
      put('a', object, a);
      const candidates = others.get(object.type) ?? [];
      const isOther = candidates.length > 0 && generate(fc.nat, { max: 2 }) === 0;
      const other = candidates[generate(fc.nat, { max: Math.max(candidates.length - 1, 0) })];
      put('b', isOther && other ? { ...object, body: other.body } : object, b);
    }
    // As parsed JSON is: no part is in two places.
    return { a: JSON.parse(JSON.stringify(buildTree(a))), b: JSON.parse(JSON.stringify(buildTree(b))) };
  })
  .filter(({ a, b }) => isTenant(a) && isTenant(b));

/** Tells whether enough members are left to recognise a tenant by. */
function isTenant(tree: Tree): boolean {
  try {
    return shapeOf(tree) === 'tenant';
  } catch {
    return false;
  }
}
