/** Replaces the names of another tenant in texts: hosts, ids in the paths of URLs, and declared texts. */
import { childPointer } from '../json/pointer.ts';
import { applyEdits, type Edit, lowerCased, placesOfHost } from './replace-names.ts';
import type { Transform } from './transform-schema.ts';

/** An edit that an entry of the transform makes. */
interface NamedEdit extends Edit {
  /** JSON Pointer of the entry in the transform. */
  readonly entry: string;
}

/** Returns a function that replaces the names in a text, each place once: what an entry has written, no entry replaces.
 * @param used called with the JSON Pointer of each entry of the transform that replaces something */
export function textChanger(
  { tenant, hosts, ids, replace }: Transform,
  used: (entry: string) => void,
): (text: string) => string {
  const lowerHosts = Object.entries(hosts).map(([from, to]) => ({
    from: lowerCased(from),
    to,
    entry: childPointer('/hosts', from),
  }));
  return (text) => {
    const edits: NamedEdit[] = [...editsOfUrls(text, tenant.id, ids.workspaces)];
    const lower = lowerHosts.length > 0 ? lowerCased(text) : '';
    for (const { from, to, entry } of lowerHosts) {
      for (const start of placesOfHost(lower, from))
        edits.push({ start, end: start + from.length, to, entry });
    }
    for (const [index, { from, to }] of replace.entries()) {
      for (let start = text.indexOf(from); start >= 0; start = text.indexOf(from, start + from.length)) {
        edits.push({ start, end: start + from.length, to, entry: `/replace/${index}` });
      }
    }
    return edits.length === 0 ? text : applyEdits(text, edits, ({ entry }) => used(entry));
  };
}

/** Finds ids in the paths of URLs anywhere in a text: `<host>/<tenant>/<workspace>/…`. */
function* editsOfUrls(
  text: string,
  tenant: { readonly from: string; readonly to: string } | undefined,
  workspaces: Readonly<Record<string, string>>,
): Generator<NamedEdit> {
  if (!text.includes('://')) return;
  for (const { 1: host = '', 2: path = '', index } of text.matchAll(
    /(https?:\/\/[^\s/"'<>?#]+)(\/[^\s"'<>?#]*)/g,
  )) {
    const [, first = '', second] = path.split('/', 3);
    if (tenant !== undefined && first !== encodeURIComponent(tenant.from)) continue;
    let start = index + host.length + 1;
    const edit = (segment: string, to: string, entry: string): NamedEdit => ({
      start,
      end: start + segment.length,
      to: encodeURIComponent(to),
      entry,
    });
    if (tenant !== undefined) yield edit(first, tenant.to, '/tenant/id');
    start += first.length + 1;
    if (second === undefined || !Object.hasOwn(workspaces, second)) continue;
    yield edit(second, workspaces[second] as string, childPointer('/ids/workspaces', second));
  }
}
