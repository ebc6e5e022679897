import { describe, expect, it } from 'vitest';
import { queueUrlOf } from '../../functions/backup/dead-letter.client.ts';

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
