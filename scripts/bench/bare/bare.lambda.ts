/** What no backup can do without: one export, one PUT of the same bytes. Deployed beside the product, so that both are called
 * in the same way and wait for the same servers. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({});

export const handler = async ({
  url,
  token,
  bucket,
  key,
}: Record<string, string>): Promise<{ bytes: number }> => {
  const response = await fetch(url ?? '', { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the export was answered ${response.status}`);
  const body = Buffer.from(await response.arrayBuffer());
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  return { bytes: body.byteLength };
};
