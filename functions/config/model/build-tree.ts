/** Builds a tree from its objects; mirror of `objectsOf`. */
import { isObject, type Json, type JsonObject, setMember } from '../json/json.ts';
import { parsePointer } from '../json/pointer.ts';
import type { TreeObject } from './objects.ts';

/** Puts objects together into a tree, each at its place inside the earlier ones. It creates containers on the way
 * that no object has. Bodies are not modified; the result shares their parts. */
export function buildTree(objects: Iterable<Pick<TreeObject, 'pointer' | 'body'>>): JsonObject {
  const root: Record<string, Json> = {};
  // These containers are copies; all others belong to a body and are copied before the first change.
  const owned = new Set<Json>([root]);
  for (const { pointer, body } of objects) {
    const keys = parsePointer(pointer) ?? [];
    const last = keys.pop();
    if (last === undefined) {
      for (const [name, value] of Object.entries(isObject(body) ? body : {})) setMember(root, name, value);
      continue;
    }
    let holder = root;
    for (const key of keys) {
      const there = Object.hasOwn(holder, key) ? holder[key] : undefined;
      if (there !== undefined && owned.has(there)) {
        holder = there as Record<string, Json>;
        continue;
      }
      const copy: Record<string, Json> = isObject(there) ? { ...there } : {};
      owned.add(copy);
      setMember(holder, key, copy);
      holder = copy;
    }
    setMember(holder, last, body);
  }
  return root;
}
