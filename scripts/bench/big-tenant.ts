import { createCipheriv, createECDH, createHash } from 'node:crypto';
import { demoTenants } from '../demo/tenants.ts';
import type { JsonObject } from '../sandbox/json.ts';
import { dumpOf } from '../sandbox/state/dump/dump.ts';
import { settleIds } from '../sandbox/state/ids.ts';
import { redactTenant, redactWorkspace } from '../sandbox/state/redact.ts';

/** An export of a given size, with credentials and without, as the tenant's API would send them. */
export interface BigTenant {
  readonly full: Buffer;
  readonly mask: Buffer;
}

/** Builds the export of a large tenant: the demonstration's, with as many workspaces as it takes. Every copy has ids, keys
 * and secrets of its own, so that it compresses as a real one would.
 * @param sizeBytes of the export with credentials; met to within one workspace */
export function bigTenant(sizeBytes: number): BigTenant {
  const [tenant] = demoTenants();
  if (!tenant) throw new Error('there is no demonstration tenant');
  const { servers, ...rest } = tenant.tree;
  const originals = Object.entries(servers as JsonObject).map(([id, value]) => ({
    id,
    text: JSON.stringify(value),
  }));
  const full: string[] = [];
  const mask: string[] = [];
  let size = JSON.stringify(rest).length;
  for (let number = 0; size < sizeBytes; number++) {
    const original = originals[number % originals.length];
    if (!original) throw new Error('the demonstration tenant has no workspace');
    // The first copies keep their ids, which the tenant's settings name.
    const id = number < originals.length ? original.id : `${original.id}-${number}`;
    const workspace = { ...JSON.parse(vary(original.text, number)), id } as JsonObject;
    full.push(`${JSON.stringify(id)}:${JSON.stringify(workspace)}`);
    mask.push(`${JSON.stringify(id)}:${JSON.stringify(redactWorkspace(workspace))}`);
    size += full.at(-1)?.length ?? 0;
  }
  const { servers: _none, ...redacted } = redactTenant({ ...rest, servers: {} });
  return { full: document(rest, full), mask: document(redacted, mask) };
}

const document = (rest: JsonObject, servers: readonly string[]): Buffer =>
  Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"servers":{${servers.join()}}}`);

/** Writes the same tenant as a dump, with what a tree does not hold.
 * @param tenantId SecureAuth's id of the tenant */
export function bigDump({ full }: Pick<BigTenant, 'full'>, tenantId: string): Buffer {
  const [tenant] = demoTenants();
  if (!tenant) throw new Error('there is no demonstration tenant');
  const { id, dump: beside } = tenant;
  const tree = JSON.parse(full.toString()) as JsonObject;
  const dump = dumpOf(tenantId, { tree, beside, identity: {}, ids: settleIds(new Map(), tree) });
  return Buffer.from(JSON.stringify(dump).replaceAll(`"tenant_id":"${id}"`, `"tenant_id":"${tenantId}"`));
}

/** Replaces what is random in a real document, keys and secrets, by other random text of the same length; always the same
 * for the same copy. */
function vary(text: string, copy: number): string {
  const seed = createHash('sha256').update(String(copy)).digest();
  const cipher = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16));
  const randomBytes = (length: number) => cipher.update(Buffer.alloc(length));
  const random = (length: number) => randomBytes(length).toString('base64url').slice(0, length);
  return (
    text
      .replaceAll(/"[A-Za-z0-9_-]{40,}"/g, (quoted) => `"${random(quoted.length - 2)}"`)
      .replaceAll(ELLIPTIC_KEY, () => ellipticKey(randomBytes(32)))
      // An even modulus is no real one: nothing expects that the private half fits.
      .replaceAll(/("n":"[\w-]+)[\w-]"/g, '$1A"')
      .replaceAll(/canary-[a-z]+-\d+/g, (secret) => random(secret.length))
  );
}

const ELLIPTIC_KEY = /"x":"[\w-]{43}","y":"[\w-]{43}","crv":"P-256","d":"[\w-]{43}"/g;

/** Makes a key whose halves fit, as those of a real tenant do. */
function ellipticKey(d: Buffer): string {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(d);
  const point = pair.getPublicKey();
  const [x, y, secret] = [point.subarray(1, 33), point.subarray(33), d].map((each) =>
    each.toString('base64url'),
  );
  return `"x":"${x}","y":"${y}","crv":"P-256","d":"${secret}"`;
}
