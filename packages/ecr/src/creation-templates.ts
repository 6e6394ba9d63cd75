import {
  CreateRepositoryCreationTemplateCommand,
  DescribeRepositoryCreationTemplatesCommand,
  UpdateRepositoryCreationTemplateCommand,
  type RCTAppliedFor,
  type RepositoryCreationTemplate,
} from '@aws-sdk/client-ecr';
import type { PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import type { Mutability } from './mutability.ts';
import { readPages } from './pages.ts';
import type { Encryption } from './repository.ts';

/** A repository creation template, with all its fields. */
export interface CreationTemplate {
  /** A namespace without a slash at the end, or ROOT. */
  readonly prefix: string;
  readonly description: string;
  readonly appliedFor: readonly RCTAppliedFor[];
  readonly mutability: Mutability;
  readonly exclusions: readonly string[];
  readonly encryption: Encryption;
  readonly tags: Readonly<Record<string, string>>;
  /** Texts of policies. Empty for none. */
  readonly policy: string;
  readonly lifecycle: string;
  readonly role?: string;
}

/** Returns the templates of a registry. @throws CodedError `access-denied`, … */
export async function creationTemplates({ client, host }: PrivateEcr): Promise<readonly CreationTemplate[]> {
  const what = { operation: 'ecr:DescribeRepositoryCreationTemplates', subject: host };
  const pages = readPages(what, (nextToken) =>
    call(what, () => client.send(new DescribeRepositoryCreationTemplatesCommand({ nextToken }))),
  );
  const found: CreationTemplate[] = [];
  for await (const page of pages) found.push(...(page.repositoryCreationTemplates ?? []).map(readTemplate));
  return found;
}

function readTemplate(one: RepositoryCreationTemplate): CreationTemplate {
  const { encryptionType: type = 'AES256', kmsKey: key } = one.encryptionConfiguration ?? {};
  return {
    prefix: (one.prefix ?? '').replace(/\/$/, ''),
    description: one.description ?? '',
    appliedFor: one.appliedFor ?? [],
    mutability: one.imageTagMutability ?? 'MUTABLE',
    exclusions: (one.imageTagMutabilityExclusionFilters ?? []).flatMap(({ filter }) => filter ?? []),
    encryption: type === 'AES256' ? { type } : { type, ...(key && { key }) },
    tags: Object.fromEntries((one.resourceTags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    policy: one.repositoryPolicy ?? '',
    lifecycle: one.lifecyclePolicy ?? '',
    ...(one.customRoleArn && { role: one.customRoleArn }),
  };
}

/**
 * Creates or replaces a template. Sends every field, because ECR takes its own default for one that is missing, for
 * example MUTABLE.
 *
 * @throws CodedError `access-denied`, …
 */
export async function putCreationTemplate(
  { client, host }: PrivateEcr,
  template: CreationTemplate,
  isNew: boolean,
): Promise<void> {
  const { encryption, exclusions, role } = template;
  const input = {
    prefix: template.prefix,
    description: template.description,
    appliedFor: [...template.appliedFor],
    imageTagMutability: template.mutability,
    ...(exclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
        filterType: 'WILDCARD' as const,
        filter,
      })),
    }),
    encryptionConfiguration: {
      encryptionType: encryption.type,
      ...('key' in encryption && { kmsKey: encryption.key }),
    },
    resourceTags: Object.entries(template.tags).map(([Key, Value]) => ({ Key, Value })),
    repositoryPolicy: template.policy,
    lifecyclePolicy: template.lifecycle,
    ...(role !== undefined && { customRoleArn: role }),
  };
  const operation = `ecr:${isNew ? 'Create' : 'Update'}RepositoryCreationTemplate`;
  await call({ operation, subject: `${template.prefix} in ${host}` }, () =>
    isNew
      ? client.send(new CreateRepositoryCreationTemplateCommand(input))
      : client.send(new UpdateRepositoryCreationTemplateCommand(input)),
  );
}
