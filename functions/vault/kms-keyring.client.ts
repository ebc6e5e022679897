import { type AwsEsdkKMSInterface, KmsKeyringClass } from '@aws-crypto/kms-keyring';
import {
  immutableClass,
  KeyringNode,
  type Newable,
  type NodeAlgorithmSuite,
} from '@aws-crypto/material-management-node';

/** Recipients that are KMS keys, reached by the client that is given.
 *
 * As the Encryption SDK itself makes its `KmsKeyringNode`, but for the client of that, which each function would have to load
 * with all operations of KMS.
 * @see https://github.com/aws/aws-encryption-sdk-javascript/blob/master/modules/kms-keyring-node/src/kms_keyring_node.ts */
export class KmsKeyring extends KmsKeyringClass<NodeAlgorithmSuite, AwsEsdkKMSInterface>(
  KeyringNode as Newable<KeyringNode>,
) {}
immutableClass(KmsKeyring);
