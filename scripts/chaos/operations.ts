import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { AuditReport } from '../../functions/audit/audit-report.ts';
import type { StatusReport } from '../../functions/status/status.ts';
import { LONGEST_LEASE_SECONDS } from '../../functions/vault/storage/lock-reading.ts';
import type { RunResult } from '../cli/aws/follow-backups.ts';
import type { Fault } from './chaos-proxy.ts';
import type { OperationName } from './faults.ts';
import { type CommandRun, type Stage, TENANT } from './stage.ts';

/** What an operation said under a fault, and which invariants it broke. */
export interface Trial {
  /** In one word or code. */
  readonly result: string;
  /** Sentences; empty if every invariant held. */
  readonly violations: readonly string[];
}

type Operation = (stage: Stage) => Promise<Trial>;

/** The claim of a delivery that failed ends within two windows of two minutes. */
const SETTLE_SECONDS = 300;

/** Runs an operation under faults, and judges what it said and left. */
export async function tryOperation(
  name: OperationName,
  faults: readonly Fault[],
  stage: Stage,
): Promise<Trial> {
  if (name === 'audit') await prepareAudit(faults, stage);
  stage.proxy.inject(faults);
  const { result, violations } = await OPERATIONS[name](stage);
  // A fault that no call met shows nothing.
  const unmet = stage.proxy.hits().some((hits) => hits === 0) ? ['no call met the fault'] : [];
  stage.proxy.inject([]);
  return { result, violations: [...violations, ...unmet] };
}

/** Code of the error that the command printed; null if it printed none. */
function codeOf({ answer }: CommandRun): string | null {
  const { error } = (answer ?? {}) as { error?: { code?: string } };
  return error?.code ?? null;
}

/** Each failure must have a code, and none is a defect of ours. */
function failureViolations(run: CommandRun): string[] {
  const code = codeOf(run);
  if (code === null) return [`failed without a code: ${run.text.slice(0, 200)}`];
  return code === 'DEFECT' ? [`DEFECT: ${run.text.slice(0, 200)}`] : [];
}

/** A backup that says `stored` is one new archive that opens; one that says `failed` is a dead letter; none is lost. */
const backup: Operation = async (stage) => {
  const [before, dead] = [await archivesOf(stage), await deadLetters(stage)];
  const run = await stage.run(['run', TENANT, '--timeout', '0.5']);
  stage.proxy.pause();
  const [result] = Array.isArray(run.answer) ? (run.answer as RunResult[]) : [];
  if (result === undefined) return { result: codeOf(run) ?? 'no answer', violations: failureViolations(run) };
  const isStored = (await findBackup(result, stage)) !== null;
  const violations: string[] = [];
  if ((run.exitCode === 0) !== (result.outcome === 'stored')) {
    violations.push(`exit code ${run.exitCode} with outcome ${result.outcome}`);
  }
  if (result.outcome === 'stored') {
    // A put whose answer was lost is sent again: S3 then has two versions of the same bytes.
    const added = (await archivesOf(stage)).difference(before).size;
    if (!isStored || (added !== 1 && stage.waiting.length === 0))
      violations.push(`stored, with ${added} archives`);
    const opened = await stage.run(['verify', `${TENANT}@${result.versionId}`]);
    if (opened.exitCode !== 0) violations.push(`stored, and does not open: ${opened.text.slice(0, 200)}`);
  }
  if (result.outcome === 'failed') {
    if (isStored) violations.push('failed, and stored');
    if ((await deadLetters(stage)) <= dead) violations.push('failed without a dead letter');
    if (result.code === null || result.code === 'DEFECT') violations.push(`failed with code ${result.code}`);
  }
  if (result.outcome === 'waiting') stage.waiting.push(result);
  return { result: result.code ?? result.outcome, violations };
};

/** Waits for the backups that waited when their trial was over. The queue may try them again minutes later.
 * @returns a sentence for each that is lost */
export async function settleWaiting(stage: Stage): Promise<string[]> {
  const lost = async () => {
    const found = await Promise.all(stage.waiting.map((request) => findBackup(request, stage)));
    return stage.waiting.filter((_, index) => found[index] === null);
  };
  for (let waited = 0; waited < SETTLE_SECONDS && (await lost()).length > 0; waited += 5) await sleep(5_000);
  return (await lost()).map(({ scheduledTime }) => `the backup of ${scheduledTime} waited and is lost`);
}

/** A restore that says `verified` restored the tenant; any other leaves it as its record says. */
const restore: Operation = async (stage) => {
  const { proxy, sandbox } = stage;
  const target = String(sandbox.tenant(TENANT)['name']);
  const damaged = `damaged ${Date.now()}`;
  sandbox.changeTenant(TENANT, (tree) => {
    tree['name'] = damaged;
  });
  const started = Date.now();
  const run = await stage.run(['restore', TENANT, '--yes']);
  proxy.pause();
  const isRestored = sandbox.tenant(TENANT)['name'] === target;
  const report = run.answer as { verdict?: string; operationId?: string } | null;
  const violations: string[] = [];
  if (report?.verdict === 'verified') {
    if (!isRestored) violations.push('verified, and the tenant is not restored');
  } else {
    violations.push(...failureViolations(run), ...(await recordViolations(started, isRestored, stage)));
    if (run.exitCode === 0) violations.push('exit code 0 without a verdict');
  }
  violations.push(...(await lockViolations(stage)));
  await freeLock(stage);
  sandbox.changeTenant(TENANT, (tree) => {
    tree['name'] = target;
  });
  return { result: report?.verdict ?? codeOf(run) ?? 'no answer', violations };
};

/** What the ledger says of an operation must be true of the tenant. Without a record nothing was written.
 * @param started when the operation was asked for, in milliseconds */
async function recordViolations(started: number, isRestored: boolean, stage: Stage): Promise<string[]> {
  const status = await stage.run(['status', TENANT]);
  const { operation } = (status.answer ?? {}) as Partial<StatusReport>;
  if (operation === undefined && codeOf(status) !== 'OPERATION_NOT_FOUND') return failureViolations(status);
  const { outcome, activity, phases } = operation ?? {};
  // Records have whole seconds.
  const isRecorded = Date.parse(phases?.[0]?.at ?? '') >= started - 1000;
  if (!isRecorded) return isRestored ? ['it left no record, and the tenant is restored'] : [];
  const claims = { restored: true, rolledBack: false, untouched: false } as const;
  const claim = claims[outcome as keyof typeof claims] as boolean | undefined;
  if (activity === 'interrupted' || claim === undefined || claim === isRestored) return [];
  return [`its record says ${outcome}, and the tenant is ${isRestored ? '' : 'not '}restored`];
}

/** A plan writes nothing, and shows the change or fails with a code. */
const plan: Operation = async (stage) => {
  const { sandbox } = stage;
  const name = sandbox.tenant(TENANT)['name'];
  const run = await stage.run(['plan', TENANT]);
  const violations = run.exitCode === 0 ? [] : failureViolations(run);
  if (sandbox.tenant(TENANT)['name'] !== name) violations.push('the tenant was written to');
  return { result: codeOf(run) ?? 'planned', violations };
};

/** Leaves a backup that the audit has not opened yet; and for faults of the topic, a failed restore that no message tells of. */
async function prepareAudit(faults: readonly Fault[], stage: Stage): Promise<void> {
  await stage.run(['run', TENANT]);
  if (!faults.some(({ service }) => service === 'sns')) return;
  await stage.run(['restore', TENANT, '--yes']);
  await stage.run(['report', '--now']);
  stage.proxy.inject([{ service: 's3', action: 'PutObject', url: 'safety/', kind: 'refuse' }]);
  await stage.run(['restore', TENANT, '--yes']);
  await freeLock(stage);
}

/** An audit takes no fault for a broken backup, and the next one has no finding of it. */
const audit: Operation = async (stage) => {
  const run = await stage.run(['report', '--now']);
  stage.proxy.pause();
  const report = run.answer as Partial<AuditReport> | null;
  const violations = report?.findings === undefined ? failureViolations(run) : [];
  const broken = (report?.findings ?? []).filter(({ code }) => /^BACKUP_(BROKEN|MISSING)$/.test(code));
  violations.push(...broken.map(({ code, message }) => `a sound backup is reported as ${code}: ${message}`));
  const next = await stage.run(['report', '--now']);
  const { findings } = (next.answer ?? {}) as Partial<AuditReport>;
  if (findings === undefined) violations.push(`the next audit fails: ${next.text.slice(0, 200)}`);
  // A restore of an earlier trial did fail.
  const wrong = (findings ?? []).filter(
    ({ severity, code }) => severity !== 'known' && code !== 'RESTORE_FAILED',
  );
  violations.push(...wrong.map(({ code, message }) => `the next audit finds ${code}: ${message}`));
  return { result: codeOf(run) ?? (report?.ok ? 'ok' : 'findings'), violations };
};

/** The command's own calls meet the faults: what it calls sound is, and it calls no sound backup broken. */
const command: Operation = async (stage) => {
  const run = await stage.run(['verify', TENANT], 'proxy');
  const violations = run.exitCode === 0 ? [] : codeOf(run) === null ? [] : failureViolations(run);
  if (/SEAL_BROKEN|ARCHIVE_MALFORMED|PART_MALFORMED/.test(run.text)) {
    violations.push(`a sound backup is called broken: ${run.text.slice(0, 200)}`);
  }
  return { result: codeOf(run) ?? (run.exitCode === 0 ? 'opened' : `exit ${run.exitCode}`), violations };
};

const OPERATIONS: Readonly<Record<OperationName, Operation>> = { backup, restore, plan, audit, command };

/** ETags of the manual backups. */
const archivesOf = async ({ deployment }: Stage): Promise<Set<string>> =>
  new Set((await deployment.vault.listVersions('manual', TENANT)).map(({ etag }) => etag));

const findBackup = ({ scheduledTime }: RunResult, { deployment }: Stage) =>
  deployment.vault.findScheduled('manual', TENANT, scheduledTime);

async function deadLetters({ deployment }: Stage): Promise<number> {
  const { Attributes } = await deployment.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: deployment.output('deadLetterQueueUrl'),
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(Attributes?.['ApproximateNumberOfMessages']);
}

const lockOf = ({ deployment }: Stage) => ({
  Bucket: deployment.output('ledgerBucket'),
  Key: `locks/${TENANT}.json`,
});

async function lockViolations(stage: Stage): Promise<string[]> {
  const found = await stage.deployment.s3.send(new GetObjectCommand(lockOf(stage))).catch(() => null);
  if (found === null) return [];
  const { expiresAt } = JSON.parse((await found.Body?.transformToString()) ?? '{}') as { expiresAt?: string };
  const seconds = (Date.parse(expiresAt ?? '') - Date.now()) / 1000;
  return seconds > LONGEST_LEASE_SECONDS ? [`the lock holds for another ${Math.round(seconds)} s`] : [];
}

/** Ends the lock's lease, for which the next trial need not wait. */
async function freeLock(stage: Stage): Promise<void> {
  await stage.deployment.s3.send(new DeleteObjectCommand(lockOf(stage)));
}
