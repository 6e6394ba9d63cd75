import { describe, expect, test } from '@jest/globals';
import { promote } from '@towpath/action-promote';
import { provision } from '@towpath/action-provision';
import { publish } from '@towpath/action-publish';
import { scanGate } from '@towpath/action-scan-gate';
import { partitionOf } from '@towpath/reference';
import { scenario, type Ending, type ImageDraft, type Scenario } from '@towpath/testing';

const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };
const ofVersion = { version: '1.0.0' };

/** Two accounts in regions, each of which exists only in the partition of its region. */
async function accounts(...homes: readonly [shared: string, prod: string]): Promise<Scenario> {
  const [shared, prod] = homes.map((region) => partitionOf(region).id) as [string, string];
  return scenario({ partitions: { '111122223333': shared, '444455556666': prod } }, homes);
}

function role({ prod }: Scenario, name: string, partition = partitionOf(prod.region).id): string {
  return `arn:${partition}:iam::${prod.id}:role/${name}`;
}

function configuration(registry: string, prod: string): Readonly<Record<string, string>> {
  return {
    'towpath.yaml': `
registry: ${registry}/payroll
images: { web: { platforms: [linux/amd64, linux/arm64] } }
repositories: { scan-on-push: true }
environments:
  test: { from: build, gate: { fail-on: high } }
  prod: { from: test, ${prod} }
`,
  };
}

function messages({ annotations, outputs }: Ending): string {
  const problems = JSON.parse(outputs.problems ?? '[]') as { message: string; hint?: string }[];
  return [...annotations, ...problems].map((one) => JSON.stringify(one)).join('\n');
}

describe('a version is delivered from provision to production', () => {
  test.each([
    ['AWS China', 'cn-north-1', 'dkr.ecr.cn-north-1.amazonaws.com.cn'],
    [
      'AWS China over dual-stack hosts',
      'cn-northwest-1',
      'dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn',
    ],
    ['GovCloud', 'us-gov-west-1', 'dkr.ecr.us-gov-west-1.amazonaws.com'],
    ['GovCloud over FIPS hosts', 'us-gov-east-1', 'dkr.ecr-fips.us-gov-east-1.amazonaws.com'],
    ['the European Sovereign Cloud', 'eusc-de-east-1', 'dkr.ecr.eusc-de-east-1.amazonaws.eu'],
    ['an opt-in region', 'ap-southeast-7', 'dkr.ecr.ap-southeast-7.amazonaws.com'],
    ['a region over dual-stack hosts', 'eu-central-1', 'dkr-ecr.eu-central-1.on.aws'],
  ])('in %s', async (_, region, host) => {
    const scene = await accounts(region, region);
    const [shared, prod] = [scene.shared, scene.prod].map(({ id }) => `${id}.${host}`) as [string, string];
    const endpoints = {
      [shared]: scene.emulator.registryUrl(scene.shared.id, region),
      [prod]: scene.emulator.registryUrl(scene.prod.id, region),
    };
    const env = { TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(endpoints) };
    const files = configuration(shared, `registry: ${prod}, role: '${role(scene, 'deploy')}'`);

    const provisioned = await scene.play(provision, { env, files, given: { mode: 'apply' } });
    const published = await scene.play(publish, { env, files, imageSet: [web], given: ofVersion });
    const judged = await scene.play(scanGate, { env, files, given: ofVersion });
    const [tested, promoted] = [
      await scene.play(promote, { env, files, given: { ...ofVersion, 'target-environment': 'test' } }),
      await scene.play(promote, { env, files, given: { ...ofVersion, 'target-environment': 'prod' } }),
    ];

    const endings = [provisioned, published, judged, tested, promoted];
    expect(endings.flatMap((one) => (one.green ? [] : [messages(one)]))).toEqual([]);
    expect(judged.outputs.verdict).toBe('pass');
    expect(published.outputs.image).toBe(`${shared}/payroll/web@${published.outputs.digest ?? ''}`);
    expect(await scene.prod.digestOf('payroll/web', 'prod-1.0.0')).toBe(published.outputs.digest);
  });
});

describe('a promotion into another partition', () => {
  const issuer = 'token.actions.githubusercontent.com';
  const idToken = (aud: string): Promise<string> => {
    const claims = {
      iss: `https://${issuer}`,
      aud,
      exp: Date.now() / 1000 + 60,
      sub: 'repo:acme/app:environment:prod',
    };
    return Promise.resolve(`e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`);
  };
  const given = { ...ofVersion, 'target-environment': 'prod' };

  /** A team that has released 1.0.0 in a standard region, with a role in China that only an OIDC token can assume. */
  async function team() {
    const scene = await accounts('us-east-1', 'cn-north-1');
    for (const account of [scene.shared, scene.prod])
      for (const name of ['payroll/web', 'payroll/towpath']) await account.createRepository(name);
    await scene.release('1.0.0', 'payroll/towpath', { 'payroll/web': web });
    const Federated = `arn:aws-cn:iam::${scene.prod.id}:oidc-provider/${issuer}`;
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated } };
    scene.emulator.addRoles({ [role(scene, 'deploy')]: { trust: { Statement: [trust] } } });
    const files = (prod: string) =>
      configuration(scene.shared.host, prod)['towpath.yaml']?.replace('from: test', 'from: build') ?? '';
    const play = (prod: string, more: object = {}) =>
      scene.play(promote, {
        files: { 'towpath.yaml': files(`registry: ${scene.prod.host}, ${prod}`) },
        given,
        ...more,
      });
    return { scene, play };
  }

  test('copies the image, with the credentials of the job on one side and the role of the environment on the other', async () => {
    const { scene, play } = await team();
    const ending = await play(`role: '${role(scene, 'deploy')}'`, { idToken });
    expect(messages(ending)).not.toContain('error');
    expect(ending.green).toBe(true);
    expect(await scene.prod.digestOf('payroll/web', 'prod-1.0.0')).toBe(
      await scene.shared.digestOf('payroll/web', 'build-1.0.0'),
    );
  });

  test('copies the image for a job in the other partition, with the input source-role', async () => {
    const { scene, play } = await team();
    const Federated = `arn:aws:iam::${scene.shared.id}:oidc-provider/${issuer}`;
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated } };
    const reader = `arn:aws:iam::${scene.shared.id}:role/read`;
    scene.emulator.addRoles({ [reader]: { trust: { Statement: [trust] } } });
    const more = { as: scene.prod, idToken, given: { ...given, 'source-role': reader } };
    const ending = await play('gate: off', more);
    expect(messages(ending)).not.toContain('error');
    expect(ending.green).toBe(true);
  });

  test('is refused without a role, before any request to a registry', async () => {
    const { play } = await team();
    const ending = await play('gate: off');
    expect(ending.codes).toEqual(['input-invalid']);
    expect(messages(ending)).toMatch(
      /build \(1111\S+\) is in the AWS partition aws, and prod \(4444\S+\) is in/,
    );
    expect(messages(ending)).toContain('Give prod a role');
    expect(ending.requests).toEqual([]);
  });

  test('names the audience of the identity provider if AWS rejects the token', async () => {
    const { scene, play } = await team();
    const ending = await play(`role: '${role(scene, 'deploy')}'`, {
      idToken: () => idToken('sts.amazonaws.com.cn'),
    });
    expect(ending.codes).toEqual(['access-denied']);
    expect(messages(ending)).toContain('sts.amazonaws.com must be one of its audiences');
  });

  test('is refused with a role of the wrong partition', async () => {
    const { scene, play } = await team();
    const ending = await play(`role: '${role(scene, 'deploy', 'aws')}'`, { idToken });
    expect(ending.codes).toEqual(['input-invalid']);
    expect(messages(ending)).toContain('It begins with arn:aws-cn:iam.');
  });
});

test('Amazon ECR Public refuses accounts of China, and the message says so', async () => {
  const scene = await accounts('cn-north-1', 'cn-north-1');
  const files = { 'towpath.yaml': 'registry: public.ecr.aws/acme/payroll\nimages: { web: {} }\n' };
  const ending = await scene.play(publish, { files, imageSet: [{ name: 'web' }], given: ofVersion });
  expect(ending.codes).toEqual(['credentials-missing']);
  expect(messages(ending)).toContain('Amazon ECR Public accepts only accounts of the partition aws');
});
