import type {
  CreateRepositoryCreationTemplateRequest,
  CreateRepositoryCreationTemplateResponse,
  DeleteRepositoryCreationTemplateRequest,
  DeleteRepositoryCreationTemplateResponse,
  DescribeRepositoryCreationTemplatesRequest,
  DescribeRepositoryCreationTemplatesResponse,
  RepositoryCreationTemplate as TemplateOutput,
  UpdateRepositoryCreationTemplateRequest,
  UpdateRepositoryCreationTemplateResponse,
} from '@aws-sdk/client-ecr';
import { checkLifecyclePolicy } from '../lifecycle/policy.ts';
import { Refusal } from '../refusal.ts';
import type { CreationTemplate } from '../registry/settings.ts';
import type { Registry } from '../registry/registry.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { checkPolicy } from './check-policy.ts';
import { describeMutability, mutabilityOf } from './mutability.ts';
import type { Call, Checked, Operations } from './operation.ts';
import { pageOf } from './page.ts';
import { describeTags, withTags } from './resource-tags.ts';
import { ownProperty } from '../own-property.ts';

async function create({
  ecr,
  registry,
  input,
}: Call<CreateRepositoryCreationTemplateRequest>): Promise<CreateRepositoryCreationTemplateResponse> {
  const { prefix } = input;
  if (ownProperty(registry.settings.templates, prefix) !== undefined) {
    throw new Refusal(
      'TemplateAlreadyExistsException',
      `The Template with prefix '${prefix}' already exists in the registry with id '${registry.account}'`,
    );
  }
  const now = ecr.clock.now();
  const blank: CreationTemplate = {
    prefix,
    createdAt: now,
    updatedAt: now,
    mutability: { mode: 'MUTABLE', exclusions: [] },
    encryption: { type: 'AES256' },
    resourceTags: {},
    appliedFor: [],
  };
  return save(registry, changed(blank, input));
}

async function update({
  ecr,
  registry,
  input,
}: Call<UpdateRepositoryCreationTemplateRequest>): Promise<UpdateRepositoryCreationTemplateResponse> {
  const template = { ...find(registry, input.prefix), updatedAt: ecr.clock.now() };
  // A missing mutability is MUTABLE, also for a template that exists (ECR API, UpdateRepositoryCreationTemplate).
  const { imageTagMutability = 'MUTABLE' } = input;
  return save(registry, changed(template, { ...input, imageTagMutability }));
}

async function remove({
  registry,
  input: { prefix },
}: Call<DeleteRepositoryCreationTemplateRequest>): Promise<DeleteRepositoryCreationTemplateResponse> {
  const template = find(registry, prefix);
  await registry.configure((settings) => {
    const rest = Object.entries(settings.templates).filter(([one]) => one !== prefix);
    return { ...settings, templates: Object.fromEntries(rest) };
  });
  return { registryId: registry.account, repositoryCreationTemplate: describe(template) };
}

function describeAll({
  registry,
  input,
}: Call<DescribeRepositoryCreationTemplatesRequest>): DescribeRepositoryCreationTemplatesResponse {
  const { prefixes } = input;
  const templates = Object.values(registry.settings.templates)
    .filter(({ prefix }) => prefixes === undefined || prefixes.includes(prefix))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  const { items, ...rest } = pageOf(templates, input, ({ prefix }) => prefix);
  return { registryId: registry.account, repositoryCreationTemplates: items.map(describe), ...rest };
}

export const creationTemplates: Operations = {
  CreateRepositoryCreationTemplate: create,
  UpdateRepositoryCreationTemplate: update,
  DeleteRepositoryCreationTemplate: remove,
  DescribeRepositoryCreationTemplates: describeAll,
};

function find(registry: Registry, prefix: string): CreationTemplate {
  const template = ownProperty(registry.settings.templates, prefix);
  if (template !== undefined) return template;
  throw new Refusal(
    'TemplateNotFoundException',
    `The Template with prefix '${prefix}' does not exist in the registry with id '${registry.account}'`,
  );
}

/** Applies the fields of a request to a template. Missing fields do not change. */
function changed(
  template: CreationTemplate,
  input: Checked<UpdateRepositoryCreationTemplateRequest>,
): CreationTemplate {
  const { imageTagMutability, imageTagMutabilityExclusionFilters, encryptionConfiguration } = input;
  if (input.repositoryPolicy) checkPolicy(input.repositoryPolicy, 'repository');
  if (input.lifecyclePolicy) checkLifecyclePolicy(input.lifecyclePolicy);
  const next = {
    ...template,
    ...(input.description !== undefined && { description: input.description }),
    ...(imageTagMutability !== undefined && {
      mutability: mutabilityOf(imageTagMutability, imageTagMutabilityExclusionFilters),
    }),
    ...(encryptionConfiguration?.encryptionType !== undefined && {
      encryption: {
        type: encryptionConfiguration.encryptionType,
        ...(encryptionConfiguration.kmsKey && { kmsKey: encryptionConfiguration.kmsKey }),
      },
    }),
    ...(input.resourceTags !== undefined && { resourceTags: withTags({}, input.resourceTags) }),
    ...(input.repositoryPolicy !== undefined && { policy: input.repositoryPolicy }),
    ...(input.lifecyclePolicy !== undefined && { lifecyclePolicy: input.lifecyclePolicy }),
    ...(input.appliedFor !== undefined && { appliedFor: input.appliedFor }),
    ...(input.customRoleArn !== undefined && { customRoleArn: input.customRoleArn }),
  };
  const { encryption, resourceTags, customRoleArn = '' } = next;
  // ECR user guide, "Creating a repository creation template".
  if (customRoleArn === '' && (encryption.type !== 'AES256' || Object.keys(resourceTags).length > 0))
    throw invalidParameter('customRoleArn', 'is required with resource tags or KMS encryption');
  return next;
}

async function save(
  registry: Registry,
  template: CreationTemplate,
): Promise<{ registryId: string; repositoryCreationTemplate: TemplateOutput }> {
  await registry.configure((settings) => ({
    ...settings,
    templates: { ...settings.templates, [template.prefix]: template },
  }));
  return { registryId: registry.account, repositoryCreationTemplate: describe(template) };
}

function describe(template: CreationTemplate): TemplateOutput {
  const { encryption, resourceTags } = template;
  return {
    prefix: template.prefix,
    description: template.description,
    encryptionConfiguration: { encryptionType: encryption.type, kmsKey: encryption.kmsKey },
    resourceTags: describeTags(resourceTags),
    ...describeMutability(template.mutability),
    repositoryPolicy: template.policy,
    lifecyclePolicy: template.lifecyclePolicy,
    appliedFor: [...template.appliedFor],
    customRoleArn: template.customRoleArn,
    createdAt: new Date(template.createdAt),
    updatedAt: new Date(template.updatedAt),
  };
}
