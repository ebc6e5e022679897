/** Recognises a placeholder that no list knows: an export that hides its secrets shows the same text for all of them. */
import { PRIVATE_JWK_MEMBERS } from './lookalike.ts';

/** SecureAuth generates these at random: no two of different names are equal. Secrets of scripts are texts of people, who may
 * give a script the salt or a key of its workspace. */
const GENERATED: ReadonlySet<string> = new Set([
  ...['secret', 'subject_identifier_algorithm_salt'],
  ...PRIVATE_JWK_MEMBERS,
]);

/** The place of a script's secret in a dump. */
const OF_SCRIPT = /^\/secrets\/\d+\/secret$/;

/** Fewer clients than these may share a secret: people give one to their test clients. */
const MIN_CLIENTS = 10;

/** Gathers the secrets of one export. */
export class RepeatedSecrets {
  /** By text, the member that showed it first. */
  readonly #members = new Map<string, string>();
  readonly #repeated = new Set<string>();
  /** Text of all client secrets; null if they differ. */
  #ofClients: string | null | undefined;
  #clients = 0;

  /** @param pointer of the secret in the export */
  add(secret: string, pointer: string): void {
    const name = pointer.slice(pointer.lastIndexOf('/') + 1);
    if (GENERATED.has(name) && !OF_SCRIPT.test(pointer)) {
      const other = this.#members.get(secret);
      if (other === undefined) this.#members.set(secret, name);
      else if (other !== name) this.#repeated.add(secret);
    } else if (name === 'client_secret' && pointer.includes('/clients/')) {
      this.#ofClients = this.#clients === 0 || this.#ofClients === secret ? secret : null;
      this.#clients++;
    }
  }

  /** Returns the texts that stand in for secrets: in members of different names, or as the secret of every client. */
  texts(): ReadonlySet<string> {
    const ofClients = this.#clients >= MIN_CLIENTS ? this.#ofClients : null;
    return typeof ofClients === 'string' ? new Set([...this.#repeated, ofClients]) : this.#repeated;
  }
}
