import { describe, expect, it } from 'vitest';
import { answerOf, queueUrlOf } from '../../functions/backup/dead-letter.client.ts';
import { type Facts, TenantBackupError } from '../../functions/errors.ts';

describe('the answer in a dead letter', () => {
  const of = (facts: Facts, deliveries: number) =>
    answerOf(new TenantBackupError('UNEXPECTED_RESPONSE', 'why', facts), deliveries);
  const page = { host: 'id.example.com', status: 404, contentType: 'text/html', server: 'nginx' };

  it('is what was answered, by whom, and how often the backup was tried', () => {
    expect(of(page, 3)).toBe('404 text/html from nginx, 3 tries');
    expect(of({ ...page, server: 'unknown' }, 1)).toBe('404 text/html from id.example.com, 1 try');
  });

  it('is none where the failure is about no answer', () => {
    expect(of({ blank: 3 }, 1)).toBeNull();
    expect(of({ host: 'id.example.com', reason: 'ECONNREFUSED' }, 5)).toBeNull();
  });
});

describe('queueUrlOf', () => {
  it.each([
    ['eu-central-1', 'https://sqs.eu-central-1.amazonaws.com/123456789012/'],
    ['cn-north-1', 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/'],
    ['us-east-1', 'http://127.0.0.1:4566/123456789012/'],
  ])('names the queue of a lane beside the queue that the function knows, in %s', (region, prefix) => {
    const eventSourceARN = `arn:aws:sqs:${region}:123456789012:TenantBackup-BackupQueueLaneeu-AbC`;
    expect(queueUrlOf({ eventSourceARN }, `${prefix}TenantBackup-BackupQueue-XyZ`)).toBe(
      `${prefix}TenantBackup-BackupQueueLaneeu-AbC`,
    );
  });
});
