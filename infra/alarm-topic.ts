import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, Grant, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Receives every message once its owner has confirmed the subscription. @default - no subscription */
  readonly email: string | undefined;
  /** What happens to the topic's key when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** AWS services that publish on their own. */
const SERVICES = ['cloudwatch.amazonaws.com', 'events.amazonaws.com'];

/**
 * The topic of alarms, events and the audit's messages, encrypted under a key of its own. Alarms cannot use the key that
 * AWS keeps for SNS.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;
  private readonly key: Key;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Encrypts the alarms of tenant backup; no backup needs it',
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: props.removalPolicy,
    });
    this.topic = new Topic(this, 'Topic', { masterKey: this.key, enforceSSL: true });
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    for (const name of SERVICES) {
      const principal = new ServicePrincipal(name);
      this.key.addToResourcePolicy(
        new PolicyStatement({
          effect: Effect.ALLOW,
          principals: [principal],
          actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
          resources: ['*'],
          conditions,
        }),
      );
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          effect: Effect.ALLOW,
          principals: [principal],
          actions: ['sns:Publish'],
          resources: [this.topic.topicArn],
          conditions,
        }),
      );
    }
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
  }

  /** ARN of the key that encrypts the messages. */
  get keyArn(): string {
    return this.key.keyArn;
  }

  /** Allows publishing messages. */
  grantPublish(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sns:Publish'],
      resourceArns: [this.topic.topicArn],
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resourceArns: [this.key.keyArn],
    });
  }
}
