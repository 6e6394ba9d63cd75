import { beforeEach, describe, expect } from '@jest/globals';
import { ours, theirs } from '../harness/emulator.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';
import { attempt, output, testWith } from './client.ts';
import { setting, type Setting } from './setting.ts';

const test = testWith('aws', ['--version']);
let at: Setting;

beforeEach(async () => {
  at = await setting();
});

function environment(account: string): NodeJS.ProcessEnv {
  return {
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'not checked',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
  };
}

/** Adds options that every version accepts. Early versions do not support AWS_ENDPOINT_URL. */
function command(args: readonly string[]): readonly string[] {
  return ['--endpoint-url', at.emulator.api, '--output', 'json', ...args];
}

async function aws(...args: string[]): Promise<unknown> {
  const text = await output('aws', command(args), environment(ours));
  return text === '' ? undefined : JSON.parse(text);
}

async function refused(account: string, ...args: string[]): Promise<string> {
  const { ok, stderr } = await attempt('aws', command(args), environment(account));
  expect(ok).toBe(false);
  return stderr.trim();
}

describe('the AWS CLI', () => {
  test('creates, describes, tags and deletes repositories', async () => {
    const created = await aws(
      'ecr',
      'create-repository',
      '--repository-name',
      'cli/app',
      '--tags',
      'Key=team,Value=a',
    );
    expect(created).toMatchObject({
      repository: {
        repositoryUri: `${ours}.dkr.ecr.us-east-1.amazonaws.com/cli/app`,
        repositoryArn: `arn:aws:ecr:us-east-1:${ours}:repository/cli/app`,
      },
    });
    const described = await aws(
      'ecr',
      'describe-repositories',
      '--page-size',
      '1',
      '--query',
      'repositories[].repositoryName',
    );
    expect(described).toEqual(['cli/app', 'team/app']);
    await aws('ecr', 'delete-repository', '--repository-name', 'cli/app');
    expect(await refused(ours, 'ecr', 'describe-repositories', '--repository-names', 'cli/app')).toContain(
      `An error occurred (RepositoryNotFoundException) when calling the DescribeRepositories operation: The repository with name 'cli/app' does not exist in the registry with id '${ours}'`,
    );
  });

  test('promotes an image by its manifest', async () => {
    const image = imageOf('cli');
    await push(await registryClient(at.emulator), 'team/app', 'build-1', image);
    const repository = ['--repository-name', 'team/app'];
    const got = (await aws('ecr', 'batch-get-image', ...repository, '--image-ids', 'imageTag=build-1')) as {
      images: { imageManifest: string; imageManifestMediaType: string }[];
    };
    const { imageManifest = '', imageManifestMediaType = '' } = got.images[0] ?? {};
    const put = [
      ...repository,
      '--image-tag',
      'prod-1',
      '--image-manifest',
      imageManifest,
      '--image-manifest-media-type',
      imageManifestMediaType,
    ];
    expect(await aws('ecr', 'put-image', ...put)).toMatchObject({
      image: { imageId: { imageDigest: image.digest, imageTag: 'prod-1' } },
    });
    expect(await refused(ours, 'ecr', 'put-image', ...put)).toContain('(ImageAlreadyExistsException)');
    expect(
      await aws('ecr', 'describe-images', ...repository, '--query', 'imageDetails[0].imageTags'),
    ).toEqual(['build-1', 'prod-1']);
  });

  test('waits for a scan and reads its findings', async () => {
    await push(await registryClient(at.emulator), 'team/app', 'v1', imageOf('cli'));
    at.emulator.addFindings({ v1: { findings: [{ name: 'CVE-2026-1', severity: 'HIGH' }] } });
    const image = ['--repository-name', 'team/app', '--image-id', 'imageTag=v1'];
    await aws('ecr', 'start-image-scan', ...image);
    at.emulator.advance(60_000);
    await output('aws', command(['ecr', 'wait', 'image-scan-complete', ...image]), environment(ours));
    expect(await aws('ecr', 'describe-image-scan-findings', ...image)).toMatchObject({
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindings: { findings: [{ name: 'CVE-2026-1' }], findingSeverityCounts: { HIGH: 1 } },
    });
  });

  test('sets policies, and is denied actions that no policy allows', async () => {
    const repository = ['--repository-name', 'team/app'];
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: theirs }, Action: 'ecr:ListImages' }],
    });
    await aws('ecr', 'set-repository-policy', ...repository, '--policy-text', policy);
    expect(await aws('ecr', 'get-repository-policy', ...repository)).toMatchObject({ policyText: policy });
    await output(
      'aws',
      command(['ecr', 'list-images', '--registry-id', ours, ...repository]),
      environment(theirs),
    );
    expect(await refused(theirs, 'ecr', 'describe-images', '--registry-id', ours, ...repository)).toContain(
      '(AccessDeniedException) when calling the DescribeImages operation: User: arn:aws:iam::444455556666:root is not authorized to perform: ecr:DescribeImages',
    );
  });

  test('previews a lifecycle policy', async () => {
    await push(await registryClient(at.emulator), 'team/app', 'old', imageOf('old'));
    at.emulator.advance(1000);
    await push(await registryClient(at.emulator), 'team/app', 'new', imageOf('new'));
    const rules = [
      {
        rulePriority: 1,
        description: 'keep one image',
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
        action: { type: 'expire' },
      },
    ];
    const repository = ['--repository-name', 'team/app'];
    await aws(
      'ecr',
      'put-lifecycle-policy',
      ...repository,
      '--lifecycle-policy-text',
      JSON.stringify({ rules }),
    );
    await aws('ecr', 'start-lifecycle-policy-preview', ...repository);
    at.emulator.advance(1000);
    const preview = await aws(
      'ecr',
      'get-lifecycle-policy-preview',
      ...repository,
      '--query',
      'previewResults[].imageTags[]',
    );
    expect(preview).toEqual(['old']);
  });

  test('returns the caller and reads parameters', async () => {
    expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: ours });
    const name = ['--name', '/account/ecr/main/registry'];
    await aws('ssm', 'put-parameter', ...name, '--type', 'String', '--value', 'somewhere');
    expect(await aws('ssm', 'get-parameter', ...name, '--query', 'Parameter.Value')).toBe('somewhere');
    expect(await refused(theirs, 'ssm', 'get-parameter', ...name)).toContain('(ParameterNotFound)');
  });
});
