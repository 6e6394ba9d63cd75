import {
  CreateRepositoryCreationTemplateCommand,
  DeleteRepositoryCreationTemplateCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  ListTagsForResourceCommand,
  UpdateRepositoryCreationTemplateCommand,
  type CreateRepositoryCreationTemplateRequest,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, ours, start, theirs } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: theirs }, Action: 'ecr:BatchGetImage' }],
});
const lifecyclePolicy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'keep ten',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 },
      action: { type: 'expire' },
    },
  ],
});

let emulator: Emulator;
let ecr: ECRClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
});

function create(template: Partial<CreateRepositoryCreationTemplateRequest>): Promise<unknown> {
  return ecr.send(
    new CreateRepositoryCreationTemplateCommand({
      prefix: 'team',
      appliedFor: ['CREATE_ON_PUSH'],
      ...template,
    }),
  );
}

async function mutabilityOf(repositoryName: string): Promise<string | undefined> {
  const { repositories } = await ecr.send(
    new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
  );
  return repositories?.[0]?.imageTagMutability;
}

describe('a push to a missing repository', () => {
  test('creates the repository from the template of its namespace', async () => {
    await create({
      imageTagMutability: 'IMMUTABLE',
      repositoryPolicy: policy,
      lifecyclePolicy,
      resourceTags: [{ Key: 'made-by', Value: 'template' }],
      encryptionConfiguration: { encryptionType: 'KMS' },
      customRoleArn: `arn:aws:iam::${ours}:role/templates`,
    });
    const repositoryName = 'team/app';
    await push(await registryClient(emulator), repositoryName, 'v1', imageOf('x'));
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand());
    expect(repositories).toMatchObject([
      {
        repositoryName,
        imageTagMutability: 'IMMUTABLE',
        encryptionConfiguration: { encryptionType: 'KMS' },
      },
    ]);
    expect(await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).toMatchObject({
      policyText: policy,
    });
    expect(await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).toMatchObject({
      lifecyclePolicyText: lifecyclePolicy,
    });
    const resourceArn = `arn:aws:ecr:us-east-1:${ours}:repository/${repositoryName}`;
    expect((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([
      { Key: 'made-by', Value: 'template' },
    ]);
  });

  test('uses the template with the longest prefix, or ROOT', async () => {
    await create({ prefix: 'ROOT', imageTagMutability: 'MUTABLE' });
    await create({ prefix: 'team/', imageTagMutability: 'IMMUTABLE' });
    await create({
      prefix: 'team/special',
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev' }],
    });
    for (const [repositoryName, expected] of [
      ['teamwork', 'MUTABLE'],
      ['team/app', 'IMMUTABLE'],
      ['team/special/app', 'IMMUTABLE_WITH_EXCLUSION'],
    ] as const) {
      await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
      expect(await mutabilityOf(repositoryName)).toBe(expected);
    }
  });

  test('fails if the template is not for CREATE_ON_PUSH', async () => {
    await create({ appliedFor: ['REPLICATION', 'PULL_THROUGH_CACHE'] });
    const upload = new InitiateLayerUploadCommand({ repositoryName: 'team/app' });
    expect(await refusalOf(ecr.send(upload))).toMatchObject({ name: 'RepositoryNotFoundException' });
  });
});

describe('a creation template', () => {
  test.each<[string, Partial<CreateRepositoryCreationTemplateRequest>]>([
    ['resource tags', { resourceTags: [{ Key: 'a', Value: 'b' }] }],
    ['KMS encryption', { encryptionConfiguration: { encryptionType: 'KMS' } }],
  ])('needs a role for %s', async (_, template) => {
    expect(await refusalOf(create(template))).toMatchObject({ name: 'InvalidParameterException' });
    const customRoleArn = `arn:aws:iam::${ours}:role/templates`;
    await create({ ...template, customRoleArn });
    const withoutRole = new UpdateRepositoryCreationTemplateCommand({ prefix: 'team', customRoleArn: '' });
    expect(await refusalOf(ecr.send(withoutRole))).toMatchObject({ name: 'InvalidParameterException' });
  });

  test('is created once, updated in parts except for its mutability, and deleted', async () => {
    await create({ description: 'ours', imageTagMutability: 'IMMUTABLE' });
    expect(await refusalOf(create({}))).toMatchObject({ name: 'TemplateAlreadyExistsException' });
    await ecr.send(
      new UpdateRepositoryCreationTemplateCommand({ prefix: 'team', description: 'still ours' }),
    );
    const { repositoryCreationTemplates } = await ecr.send(new DescribeRepositoryCreationTemplatesCommand());
    expect(repositoryCreationTemplates).toMatchObject([
      {
        prefix: 'team',
        description: 'still ours',
        // A missing mutability is MUTABLE.
        imageTagMutability: 'MUTABLE',
        appliedFor: ['CREATE_ON_PUSH'],
      },
    ]);
    const remove = new DeleteRepositoryCreationTemplateCommand({ prefix: 'team' });
    await ecr.send(remove);
    expect(await refusalOf(ecr.send(remove))).toMatchObject({ name: 'TemplateNotFoundException' });
  });

  test('is rejected with invalid policies', async () => {
    expect(await refusalOf(create({ repositoryPolicy: '{}' }))).toMatchObject({
      name: 'InvalidParameterException',
    });
    expect(await refusalOf(create({ lifecyclePolicy: '{}' }))).toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});
