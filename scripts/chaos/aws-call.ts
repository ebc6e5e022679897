import type { IncomingMessage } from 'node:http';

/** A call to AWS, as a request on the wire tells it. */
export interface AwsCall {
  /** As in signatures: `s3`, `kms`, `secretsmanager`, `sqs`, `sns`, … */
  readonly service: string;
  /** As in the API's reference: `PutObject`, `Decrypt`, … */
  readonly action: string;
  /** Path and query, for S3 with bucket and key. */
  readonly url: string;
}

/** Reads which call a signed request is.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
export function awsCallOf({ method = '', url = '', headers }: IncomingMessage, body: Buffer): AwsCall {
  const [, service = 'unknown'] =
    /Credential=[^/]+\/\d+\/[^/]+\/([a-z0-9-]+)\//.exec(headers.authorization ?? '') ?? [];
  const decoded = decodeURIComponent(url);
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { service, action: target.split('.').at(-1) ?? '', url: decoded };
  if (service === 's3') return { service, action: s3Action(method, new URL(url, 'http://s3')), url: decoded };
  if (service === 'lambda' && url.endsWith('/invocations'))
    return { service, action: 'Invoke', url: decoded };
  const action = new URLSearchParams(body.toString('utf8')).get('Action') ?? method;
  return { service, action, url: decoded };
}

function s3Action(method: string, { pathname, searchParams }: URL): string {
  const isObject = /^\/[^/]+\/./.test(pathname);
  if (!isObject && searchParams.has('versions')) return 'ListObjectVersions';
  if (!isObject && searchParams.has('list-type')) return 'ListObjectsV2';
  const verb = { GET: 'Get', PUT: 'Put', HEAD: 'Head', DELETE: 'Delete', POST: 'Post' }[method] ?? method;
  const what = ['tagging', 'retention', 'legal-hold', 'uploads', 'uploadId'].find((name) =>
    searchParams.has(name),
  );
  return what === undefined ? `${verb}${isObject ? 'Object' : 'Bucket'}` : `${verb}Object:${what}`;
}
