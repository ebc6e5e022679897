import { randomBytes } from 'node:crypto';
import { type JsonObject, memberOf, objectMember } from '../sandbox/json.ts';
import { newServerKeys } from '../sandbox/state/regenerate.ts';

/** One unwanted change of a tenant. */
interface Mishap {
  /** The damage in words. */
  readonly story: string;
  readonly apply: (tree: JsonObject) => void;
}

/** Damages a tenant's largest workspace in realistic ways, as far as it has the objects.
 * @param spare client id that stays as it is: the one that the backups use
 * @returns what was done, in words */
export function damage(tree: JsonObject, spare: string): string[] {
  const [busiest] = Object.entries(objectMember(tree, 'servers'))
    .filter(([id]) => id !== 'system')
    .sort(([, a], [, b]) => JSON.stringify(b).length - JSON.stringify(a).length);
  if (!busiest) return [];
  const mishaps = mishapsIn(busiest[0], busiest[1] as JsonObject, spare);
  for (const { apply } of mishaps) apply(tree);
  return mishaps.map(({ story }) => story);
}

function mishapsIn(id: string, workspace: JsonObject, spare: string): Mishap[] {
  const mishaps: Mishap[] = [];
  const here = (tree: JsonObject) =>
    objectMember(objectMember(tree, 'servers'), id) as Record<string, unknown>;
  const clients = Object.keys(objectMember(workspace, 'clients')).filter((client) => client !== spare);
  const [deleted, redirected, ...others] = clients;
  const rotated = others.find((client) => clientIn(workspace, client)['client_secret']);
  if (deleted !== undefined) {
    mishaps.push({
      story: `${id}: the client "${deleted}" is deleted`,
      apply: (tree) => void delete (here(tree)['clients'] as Record<string, unknown>)[deleted],
    });
  }
  if (redirected !== undefined) {
    mishaps.push({
      story: `${id}: the redirect URIs of "${redirected}" point somewhere else`,
      apply: (tree) => {
        clientIn(here(tree), redirected)['redirect_uris'] = ['https://attacker.example/callback'];
      },
    });
  }
  if (rotated !== undefined) {
    mishaps.push({
      story: `${id}: the secret of "${rotated}" is rotated and the old one lost`,
      apply: (tree) => {
        clientIn(here(tree), rotated)['client_secret'] = randomBytes(32).toString('base64url');
      },
    });
  }
  const [claimType] = Object.keys(objectMember(workspace, 'claims'));
  if (claimType !== undefined) {
    mishaps.push({
      story: `${id}: all claims of type "${claimType}" are gone`,
      apply: (tree) => void delete (here(tree)['claims'] as Record<string, unknown>)[claimType],
    });
  }
  const [policy] = Object.keys(objectMember(workspace, 'policies'));
  if (policy !== undefined) {
    mishaps.push({
      story: `${id}: the policy "${policy}" lets everybody in`,
      apply: (tree) => {
        const policies = here(tree)['policies'] as Record<string, Record<string, unknown>>;
        policies[policy] = {
          ...policies[policy],
          validators: [{ name: 'true', conf: null, recovery: null }],
        };
      },
    });
  }
  if (memberOf(workspace, 'jwks') !== undefined) {
    mishaps.push({
      story: `${id}: the signing keys are replaced, so that every token out there is invalid`,
      apply: (tree) => {
        here(tree)['jwks'] = newServerKeys(memberOf(workspace, 'key_type'), new Date());
      },
    });
  }
  const pkce = memberOf(workspace, 'enforce_pkce') === true;
  mishaps.push({
    story: `${id}: enforce_pkce is switched ${pkce ? 'off' : 'on'}`,
    apply: (tree) => {
      here(tree)['enforce_pkce'] = !pkce;
    },
  });
  return mishaps;
}

const clientIn = (workspace: Record<string, unknown>, id: string): Record<string, unknown> =>
  (workspace['clients'] as Record<string, Record<string, unknown>>)[id] ?? {};
