import type { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { app } from '../../infra/app.ts';

// The app as it is, with a bucket that somebody has added without thinking of access logs and TLS.
new Bucket(app.node.findChild('TenantBackup') as Stack, 'Forgotten');
