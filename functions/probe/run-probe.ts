import { compareTrees } from '../config/compare/compare.ts';
import { compareDumps } from '../config/compare/compare-dumps.ts';
import type { Comparison } from '../config/compare/compare-objects.ts';
import { isObject, type JsonObject, member } from '../config/json/json.ts';
import { isTenantBackupError } from '../errors.ts';
import {
  type Experiment,
  type Finding,
  PROBE_PREFIX,
  type ProbeAnswer,
  type Scene,
  WRITES,
} from './experiment.ts';
import { EXPERIMENTS } from './experiments.ts';
import { describeAnswer, isTaken } from './findings.ts';
import type { Laboratory } from './laboratory.ts';
import { probeWorkspace, workspaceIdOf } from './probe-workspace.ts';

/** What a probe found out, and what it left in the tenant. Holds no secrets. */
export interface ProbeResult {
  readonly findings: readonly Finding[];
  /** As an answer's header named it. */
  readonly productVersion: string | null;
  /** Objects of the tenant before the probe that were compared afterwards, and how many of them are equal. */
  readonly compared: number;
  readonly equal: number;
  /** What differs from before the probe: kind and pointer of at most `MOST_DIFFERENCES` objects. */
  readonly leftBehind: readonly string[];
}

/** More differences are counted, and not named. */
const MOST_DIFFERENCES = 50;

export interface ProbeControl {
  /** Saves the tenant before the first write. */
  save(): Promise<void>;
  /** Throws if the probe must not go on writing. */
  confirm(): Promise<void>;
  /** Tells whether the time for further experiments is over. */
  isLate(): boolean;
}

/** Runs all experiments, one after the other. Each works in a workspace of its own and deletes it; at the end the tenant must equal
 * what it was before.
 * @throws the errors of `save` and `confirm`, and of the exports before and after */
export async function runProbe(laboratory: Laboratory, control: ProbeControl): Promise<ProbeResult> {
  const [hub, ...experiments] = EXPERIMENTS;
  const nowhere: Scene = { id: '', tree: {}, workspace: null, masked: null, dump: null };
  const first = await findingOf(laboratory, hub, nowhere);
  if (first.answer !== 'on') {
    const rest = experiments.map(({ name }) => unknownOf(name, 'the hub is off'));
    const productVersion = laboratory.productVersion();
    return { findings: [first, ...rest], productVersion, compared: 0, equal: 0, leftBehind: [] };
  }
  await control.save();
  const tree = await exportWithoutRemains(laboratory, control);
  const dump = await laboratory.exportDump();
  const findings: Finding[] = [first];
  for (const experiment of experiments) {
    if (control.isLate()) {
      findings.push(unknownOf(experiment.name, 'the time was over'));
      continue;
    }
    await control.confirm();
    findings.push(await inOwnWorkspace(laboratory, experiment, tree));
  }
  const comparisons = [compareTrees(tree, await laboratory.exportTenant())];
  const after = dump && (await laboratory.exportDump());
  if (dump && after) comparisons.push(compareDumps(dump, after));
  return { findings, productVersion: laboratory.productVersion(), ...summaryOf(comparisons) };
}

/** Exports the tenant, without the workspaces of an earlier probe that was killed. */
async function exportWithoutRemains(laboratory: Laboratory, control: ProbeControl): Promise<JsonObject> {
  const tree = await laboratory.exportTenant();
  const servers = member(tree, 'servers');
  const remains = isObject(servers) ? Object.keys(servers).filter((id) => id.startsWith(PROBE_PREFIX)) : [];
  if (remains.length === 0) return tree;
  for (const id of remains) {
    await control.confirm();
    await laboratory.removeWorkspace(id);
  }
  return laboratory.exportTenant();
}

async function inOwnWorkspace(
  laboratory: Laboratory,
  experiment: Experiment,
  tree: JsonObject,
): Promise<Finding> {
  const id = workspaceIdOf(experiment.name);
  const scene: Scene = { id, tree, workspace: null, masked: null, dump: null };
  if (!experiment.needs.includes('workspace')) return findingOf(laboratory, experiment, scene);
  try {
    const created = await laboratory.createWorkspace(id, probeWorkspace(id));
    if (!isTaken(created)) {
      return unknownOf(experiment.name, `its workspace was not created: ${describeAnswer(created)}`);
    }
    return await findingOf(laboratory, experiment, scene);
  } catch (error) {
    return unknownOf(experiment.name, codeOf(error));
  } finally {
    // What stays is found by the comparison at the end.
    await laboratory.removeWorkspace(id).catch(() => {});
  }
}

async function findingOf(laboratory: Laboratory, experiment: Experiment, scene: Scene): Promise<Finding> {
  const { name, needs } = experiment;
  try {
    const before = await sceneOf(laboratory, scene, needs);
    if (needs.includes('workspace') && before.workspace === null)
      return unknownOf(name, 'its workspace is missing');
    if (needs.includes('dump') && before.dump === null)
      return unknownOf(name, 'the system API refuses its export');
    if (experiment.writes === WRITES.tenant && laboratory.locksOut(before)) {
      return unknownOf(name, "the export lacks the secret of the probe's own client");
    }
    const answers: ProbeAnswer[] = [];
    for (const request of experiment.requests(before)) {
      const answer = await laboratory.send(request, scene.id);
      answers.push(answer);
      if (!isTaken(answer)) break;
    }
    const after = await sceneOf(laboratory, scene, needs);
    const last = answers.at(-1);
    if (last !== undefined && !isTaken(last) && !experiment.judgesRefusals) {
      const isRefusal = last.status >= 400 && last.status < 500;
      return { name, answer: isRefusal ? 'refused' : 'unknown', detail: describeAnswer(last) };
    }
    if (before.workspace !== null && after.workspace === null && !experiment.judgesLoss) {
      return unknownOf(name, 'its workspace is gone');
    }
    return { name, ...experiment.judge(before, after, answers) };
  } catch (error) {
    return unknownOf(name, codeOf(error));
  }
}

async function sceneOf(laboratory: Laboratory, scene: Scene, needs: Experiment['needs']): Promise<Scene> {
  return {
    ...scene,
    workspace: needs.includes('workspace') ? await laboratory.exportWorkspace(scene.id, true) : null,
    masked: needs.includes('masked') ? await laboratory.exportWorkspace(scene.id, false) : null,
    dump: needs.includes('dump') ? await laboratory.exportDump() : null,
  };
}

const unknownOf = (name: string, detail: string): Finding => ({ name, answer: 'unknown', detail });

function codeOf(error: unknown): string {
  if (!isTenantBackupError(error)) throw error;
  return error.code;
}

function summaryOf(
  comparisons: readonly Comparison[],
): Pick<ProbeResult, 'compared' | 'equal' | 'leftBehind'> {
  const sum = (of: (comparison: Comparison) => number) =>
    comparisons.reduce((total, each) => total + of(each), 0);
  const differences = comparisons.flatMap((each) => each.differences);
  const named = differences
    .slice(0, MOST_DIFFERENCES)
    .map(({ kind, pointer }) => `${kind} ${pointer || '/'}`.slice(0, 300));
  const more = differences.length - named.length;
  return {
    compared: sum(({ compared }) => compared),
    equal: sum(({ equal }) => equal),
    leftBehind: more > 0 ? [...named, `and ${more} more`] : named,
  };
}
