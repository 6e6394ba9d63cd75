import { describe, expect, test } from '@jest/globals';
import { provisioning, scenario, type Ending, type Scenario } from './harness/team.ts';

const name = 'payroll/web';
const account = 'arn:aws:kms:us-east-1:111122223333:';
const id = '1234abcd-12ab-34cd-56ef-1234567890ab';
const check = { given: { mode: 'check' } };
const settings = (key: string, type = 'KMS') =>
  `repositories: { encryption: { type: ${type}, key: "${key}" } }`;

async function created(encryption: string): Promise<{ scene: Scenario; key: string }> {
  const scene = await scenario();
  expect((await provisioning(scene, encryption)).green).toBe(true);
  const found = await scene.shared.repository(name);
  return { scene, key: found?.encryptionConfiguration?.kmsKey ?? '' };
}

const messages = ({ annotations }: Ending): string => annotations.map(({ message }) => message).join('\n');
const describedKeys = ({ requests }: Ending): number =>
  requests.filter(({ operation }) => operation === 'kms:DescribeKey').length;

describe('a repository has the encryption of the configuration, which names its key', () => {
  test.each<{ by: string; live: string; written: (key: string) => string; calls: number }>([
    { by: 'by an alias', live: 'alias/images', written: () => 'alias/images', calls: 1 },
    { by: 'by the ARN of an alias', live: 'alias/images', written: () => `${account}alias/images`, calls: 1 },
    { by: 'by its ARN', live: 'alias/images', written: (key) => key, calls: 0 },
    { by: 'by its id', live: `${account}key/${id}`, written: () => id, calls: 0 },
  ])('$by', async ({ live, written, calls }) => {
    const { scene, key } = await created(settings(live));
    expect(key).toMatch(/^arn:aws:kms:us-east-1:111122223333:key\/[\da-f-]{36}$/);
    const ending = await provisioning(scene, settings(written(key)), check);
    expect([ending.codes, messages(ending), describedKeys(ending)]).toEqual([[], '', calls]);
  });
});

describe('a repository differs, if the configuration names', () => {
  test.each<{ name: string; written: string; message: RegExp }>([
    {
      name: 'another key by its alias',
      written: settings('alias/other'),
      message:
        /is KMS with arn:aws:kms:\S+, not KMS with alias\/other \(arn:aws:kms:\S+\)\. It cannot change/,
    },
    {
      name: 'another key by its id',
      written: settings(id),
      message: /is KMS with arn:aws:kms:\S+, not KMS with 1234abcd-\S+\. It cannot change/,
    },
    {
      name: 'the key for another kind of encryption',
      written: settings('alias/images', 'KMS_DSSE'),
      message: /is KMS with arn:aws:kms:\S+, not KMS_DSSE with alias\/images\. It cannot change/,
    },
  ])('$name', async ({ written, message }) => {
    const { scene } = await created(settings('alias/images'));
    const ending = await provisioning(scene, written, check);
    expect(ending.codes).toEqual(['repositories-differ']);
    expect(messages(ending)).toMatch(message);
  });

  test('an alias that does not exist', async () => {
    const { scene } = await created(settings('alias/images'));
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'NotFoundException',
      operation: 'kms:DescribeKey',
      times: 0,
    });
    const ending = await provisioning(scene, settings('alias/imagse'), check);
    expect(ending.codes).toEqual(['repositories-differ']);
    expect(messages(ending)).toContain('the alias alias/imagse does not exist. Write an alias that exists');
  });
});

test('without permission to read the key of an alias, a warning says that nothing was compared', async () => {
  const { scene } = await created(settings('alias/images'));
  const ecr = { Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };
  scene.emulator.addRoles({ 'arn:aws:iam::111122223333:role/ecr': { policy: ecr } });
  const as = await scene.shared.assume('ecr');
  const ending = await provisioning(scene, settings('alias/other'), { as, ...check });
  expect(ending.green).toBe(true);
  expect(ending.annotations).toEqual([
    {
      level: 'warning',
      message: expect.stringMatching(
        /^The encryption of payroll\/web was not compared: whether alias\/other names arn:\S+ is unknown\. AWS denied kms:DescribeKey .* Grant kms:DescribeKey, or write the ARN of the key\.$/,
      ) as unknown,
    },
  ]);
});

test('the key of an alias is read once for all repositories', async () => {
  const { scene } = await created(settings('alias/images'));
  const names = Array.from({ length: 5 }, (_, index) => `image-${index}`);
  const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { ${names.map((one) => `${one}: {}`).join(', ')} }
`;
  expect((await provisioning(scene, settings('alias/images'), { config })).green).toBe(true);
  const ending = await provisioning(scene, settings('alias/images'), { config, ...check });
  expect([ending.codes, describedKeys(ending)]).toEqual([[], 1]);
});

test.each(['bucket', 'arn:aws:s3:us-east-1:111122223333:key/1', `${id}0`, 'alias/', 'key/1'])(
  'the key cannot be %s',
  async (key) => {
    const ending = await provisioning(await scenario(), settings(key));
    expect(ending.codes).toEqual(['config-invalid']);
  },
);
