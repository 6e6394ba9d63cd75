export { annotateKept, attachmentTable, type DeliveredAttachments, type KeptTag } from './attachments.ts';
export {
  deliver,
  deliveryOutputs,
  deliveryTable,
  describeDeliveries,
  describeEnd,
  isChange,
  type Delivery,
  type DeliveryResult,
} from './delivery.ts';
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
