import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { awsError } from '../aws-errors.ts';

/** The SNS topic that operators subscribe to. */
export interface AlarmTopic {
  /** Publishes a message. Needs `sns:Publish` on the topic, and `kms:GenerateDataKey` and `kms:Decrypt` on its key.
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
