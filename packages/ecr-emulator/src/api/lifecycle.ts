import type {
  DeleteLifecyclePolicyRequest,
  DeleteLifecyclePolicyResponse,
  GetLifecyclePolicyPreviewRequest,
  GetLifecyclePolicyPreviewResponse,
  GetLifecyclePolicyRequest,
  GetLifecyclePolicyResponse,
  LifecyclePolicyPreviewResult,
  PutLifecyclePolicyRequest,
  PutLifecyclePolicyResponse,
  StartLifecyclePolicyPreviewRequest,
  StartLifecyclePolicyPreviewResponse,
} from '@aws-sdk/client-ecr';
import { evaluate } from '../lifecycle/evaluate.ts';
import type { LifecycleResult } from '../lifecycle/result.ts';
import { checkLifecyclePolicy, parseLifecyclePolicy } from '../lifecycle/policy.ts';
import { Refusal } from '../refusal.ts';
import { imagesOf, type Image, type LifecycleRecord } from '../registry/record.ts';
import type { Registry } from '../registry/registry.ts';
import { policyNotFound } from '../registry/exceptions.ts';
import { hasTagStatus } from './images.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

/** The duration of a preview in milliseconds. */
const previewTime = 200;

async function put({
  registry,
  input: { repositoryName, lifecyclePolicyText },
}: Call<PutLifecyclePolicyRequest>): Promise<PutLifecyclePolicyResponse> {
  const repository = registry.repository(repositoryName);
  checkLifecyclePolicy(lifecyclePolicyText);
  await repository.update((record) => ({ ...record, lifecycle: { text: lifecyclePolicyText } }));
  return { registryId: registry.account, repositoryName, lifecyclePolicyText };
}

function get({
  registry,
  input: { repositoryName },
}: Call<GetLifecyclePolicyRequest>): GetLifecyclePolicyResponse {
  const { text, evaluatedAt } = policyOf(registry, repositoryName);
  return {
    registryId: registry.account,
    repositoryName,
    lifecyclePolicyText: text,
    // ECR returns the start of 1970 for a policy that was never evaluated (inferred).
    lastEvaluatedAt: new Date(evaluatedAt ?? 0),
  };
}

async function remove(call: Call<DeleteLifecyclePolicyRequest>): Promise<DeleteLifecyclePolicyResponse> {
  const removed = get(call);
  await call.registry
    .repository(call.input.repositoryName)
    .update((record) => ({ ...record, lifecycle: undefined }));
  return removed;
}

async function startPreview({
  ecr,
  registry,
  input,
}: Call<StartLifecyclePolicyPreviewRequest>): Promise<StartLifecyclePolicyPreviewResponse> {
  const { repositoryName } = input;
  const repository = registry.repository(repositoryName);
  const text = input.lifecyclePolicyText ?? policyOf(registry, repositoryName).text;
  const policy = parseLifecyclePolicy(text);
  const now = ecr.clock.now();
  await repository.update((record) => {
    if (record.preview !== undefined && now < record.preview.at + previewTime) {
      throw new Refusal(
        'LifecyclePolicyPreviewInProgressException',
        `The previous lifecycle policy preview request of the repository with name '${repositoryName}' has not completed.`,
      );
    }
    return { ...record, preview: { text, at: now, results: evaluate(policy, imagesOf(record), now) } };
  });
  return {
    registryId: registry.account,
    repositoryName,
    lifecyclePolicyText: text,
    status: 'IN_PROGRESS',
  };
}

function getPreview({
  ecr,
  registry,
  input,
}: Call<GetLifecyclePolicyPreviewRequest>): GetLifecyclePolicyPreviewResponse {
  const { repositoryName, imageIds, filter } = input;
  const { preview, ...record } = registry.repository(repositoryName).record;
  if (preview === undefined) {
    throw new Refusal(
      'LifecyclePolicyPreviewNotFoundException',
      `There is no dry run for the repository with name '${repositoryName}' in the registry with id '${registry.account}'`,
    );
  }
  const common = { registryId: registry.account, repositoryName, lifecyclePolicyText: preview.text };
  if (ecr.clock.now() < preview.at + previewTime) return { ...common, status: 'IN_PROGRESS' };
  const results = imagesOf(record).flatMap((image) => {
    const result = preview.results.find(({ digest }) => digest === image.digest);
    const wanted =
      hasTagStatus(image, filter?.tagStatus) &&
      (imageIds === undefined || imageIds.some((id) => names(id, image)));
    return result === undefined || !wanted ? [] : [describe(image, result)];
  });
  const { items, ...rest } = pageOf(results, input, ({ imageDigest = '' }) => imageDigest);
  const count = (action: LifecycleResult['action']): number =>
    preview.results.filter((result) => result.action === action).length;
  return {
    ...common,
    status: 'COMPLETE',
    previewResults: items,
    summary: {
      expiringImageTotalCount: count('expire'),
      transitioningImageTotalCounts: [
        { targetStorageClass: 'ARCHIVE', imageTotalCount: count('transition') },
      ],
    },
    ...rest,
  };
}

export const lifecycle: Operations = {
  PutLifecyclePolicy: put,
  GetLifecyclePolicy: get,
  DeleteLifecyclePolicy: remove,
  StartLifecyclePolicyPreview: startPreview,
  GetLifecyclePolicyPreview: getPreview,
};

function policyOf(registry: Registry, repositoryName: string): LifecycleRecord {
  const { lifecycle } = registry.repository(repositoryName).record;
  if (lifecycle === undefined) throw policyNotFound('Lifecycle policy', repositoryName, registry.account);
  return lifecycle;
}

function names(
  { imageDigest, imageTag }: { imageDigest?: string | undefined; imageTag?: string | undefined },
  { digest, tags }: Image,
): boolean {
  return (imageDigest ?? digest) === digest && (imageTag === undefined || tags.includes(imageTag));
}

function describe(image: Image, { action, rulePriority }: LifecycleResult): LifecyclePolicyPreviewResult {
  return {
    imageDigest: image.digest,
    imageTags: [...image.tags],
    imagePushedAt: new Date(image.pushedAt),
    action: action === 'expire' ? { type: 'EXPIRE' } : { type: 'TRANSITION', targetStorageClass: 'ARCHIVE' },
    appliedRulePriority: rulePriority,
  };
}
