import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { awsError } from '../aws-errors.ts';

/** Where people are told. */
export interface AlarmTopic {
  /** Needs `sns:Publish`, and of the topic's key `kms:GenerateDataKey` and `kms:Decrypt`.
   * @throws AWS_UNAVAILABLE, AWS_ACCESS_DENIED */
  send(message: { readonly subject: string; readonly text: string }): Promise<void>;
}

export const createAlarmTopic = (sns: SNSClient, topicArn: string): AlarmTopic => ({
  async send({ subject, text }) {
    await sns
      .send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text }))
      .catch(awsError('sns:Publish', { topicArn }));
  },
});
