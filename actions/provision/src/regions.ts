import { partitionOf } from '@towpath/reference';

/** Whether ECR has the encryption KMS_DSSE in a region (ECR user guide, "Encryption at rest"). */
export function hasDoubleEncryption(region: string): boolean {
  return partitionOf(region).id === 'aws-us-gov';
}

/** How to correct a configuration with KMS_DSSE in a region that does not have it. */
export const doubleEncryptionHint = 'Write KMS. ECR has KMS_DSSE only in AWS GovCloud (US).';

/** Whether ECR has pull-through caches in a region (ECR user guide, "Considerations for using pull through cache rules"). */
export function hasPullThrough(region: string): boolean {
  return partitionOf(region).id !== 'aws-cn';
}
