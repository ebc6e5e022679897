/** Experiments as data: what one asks, what it sends, and how it reads the answer. */
import type { Json, JsonObject } from '../config/json/json.ts';

/** Begins the ids of all workspaces and clients that a probe creates. */
export const PROBE_PREFIX = 'tenant-backup-probe-';

/** What experiments write, in words. */
export const WRITES = {
  nothing: 'nothing',
  workspace: 'a workspace of its own',
  tenant: 'a workspace of its own, and the whole tenant as it is',
} as const;

/** A request to the scratch tenant. */
export interface ProbeRequest {
  readonly api: 'hub' | 'system';
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** @default config */
  readonly resource?: 'config' | 'config-rfc6902' | 'config-rfc7396';
  /** Whether it addresses the probe's workspace. @default - the whole tenant */
  readonly toWorkspace?: boolean;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Size of the body in bytes: white space fills the rest. @default - no more than it needs */
  readonly sizeBytes?: number;
  /** Whether the token has the scope `read_configuration` alone. @default false */
  readonly readOnly?: boolean;
}

/** An answer of the scratch tenant, without its body. */
export interface ProbeAnswer {
  /** 0 if there is none. */
  readonly status: number;
  /** Code of the refusal, or of ours if there is no answer. */
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The scratch tenant, as an experiment sees it. Holds secrets. */
export interface Scene {
  /** Id of the experiment's own workspace. */
  readonly id: string;
  /** The whole tenant before all experiments. */
  readonly tree: JsonObject;
  /** The experiment's workspace; null if there is none. */
  readonly workspace: JsonObject | null;
  /** The same, exported without credentials. */
  readonly masked: JsonObject | null;
  /** The dump of the system API; null unless the experiment needs it. */
  readonly dump: JsonObject | null;
}

/** The result of one experiment. */
export interface Finding {
  readonly name: string;
  /** One of the experiment's answers, `refused`, or `unknown`. */
  readonly answer: string;
  /** Statuses, codes and sizes; null if there are none. */
  readonly detail: string | null;
}

/** What an experiment needs before it can send. */
export type Need = 'workspace' | 'masked' | 'dump';

export interface Experiment {
  readonly name: string;
  readonly question: string;
  /** What it writes, in words. The probe undoes all of it: it deletes the experiment's workspace. */
  readonly writes: (typeof WRITES)[keyof typeof WRITES];
  /** The answers, and what each means. Every experiment may also end `refused` or `unknown`. */
  readonly answers: Readonly<Record<string, string>>;
  readonly needs: readonly Need[];
  /** Whether a refusal is one of its own answers. @default false */
  readonly judgesRefusals?: boolean;
  /** Whether the loss of its workspace is one of its own answers. @default false */
  readonly judgesLoss?: boolean;
  /** Returns the requests, sent in this order until one is refused. */
  requests(before: Scene): readonly ProbeRequest[];
  /** Reads the answer from what is in the tenant now. */
  judge(before: Scene, after: Scene, answers: readonly ProbeAnswer[]): Omit<Finding, 'name'>;
}
