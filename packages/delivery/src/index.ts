export { annotateKept, attachmentTable, type DeliveredAttachments, type KeptTag } from './attachments.ts';
export { deliver, type DeliveryResult } from './deliver.ts';
export { isChange, type Delivery } from './delivery.ts';
export { deliveryOutputs, deliveryTable, describeDeliveries, describeEnd } from './describe-deliveries.ts';
export {
  annotateDeploymentFiles,
  deploymentFolder,
  parameterOverrides,
  writeDeploymentFiles,
  type Deployment,
  type DeploymentFile,
  type DeploymentFolder,
} from './deployment.ts';
export { annotateLambda, lambdaRefusals } from './lambda.ts';
export { requireDistinct, type TaggedImage } from './distinct.ts';
export { surveyCopy, type CopyState } from './survey-copy.ts';
export { annotateTags, planTags, tagLock, type TagMove, type TagRules } from './tag-moves.ts';
