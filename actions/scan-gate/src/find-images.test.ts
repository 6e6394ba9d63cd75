import { describe, expect, test } from '@jest/globals';
import { writeEnvironmentEntry } from '@towpath/ledger';
import { parseDigest } from '@towpath/reference';
import { Session } from '@towpath/session';
import { fakeRuntime, scenario, type Ending, type Scenario } from '@towpath/testing';
import { scanGate } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
  web: {}
environments:
  prod: { from: build, tags: ['{environment}', '{environment}-{version}'], gate: { fail-on: low } }
  test: { from: build, tags: ['{environment}-{version}'] }
`;
const files = { 'towpath.yaml': config };
const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

/** Creates a team whose images are in prod, each with one low finding. */
async function team(): Promise<Scenario> {
  const scene = await scenario();
  for (const name of ['backend', 'web']) {
    await scene.shared.createRepository(`payroll/${name}`);
    await scene.publish(`payroll/${name}`, 'prod', { name });
  }
  const low = { findings: [{ name: 'CVE-2026-1', severity: 'LOW' as const }] };
  scene.emulator.addFindings({ prod: low });
  return scene;
}

function gating(scene: Scenario, given: Readonly<Record<string, string>>): Promise<Ending> {
  return scene.play(scanGate, { files, given });
}

function verdicts({ outputs }: Ending): unknown {
  const images = JSON.parse(outputs.images ?? '[]') as { name: string; verdict: string }[];
  return Object.fromEntries(images.map(({ name, verdict }) => [name, verdict]));
}

describe('an environment without a version', () => {
  test('judges the images that its moving tag names, by its own policy', async () => {
    const ending = await gating(await team(), { environment: 'prod' });
    expect(verdicts(ending)).toEqual({ backend: 'fail', web: 'fail' });
  });

  test('is judged by the policy of the target environment, if there is one', async () => {
    const ending = await gating(await team(), { environment: 'prod', 'target-environment': 'test' });
    expect(verdicts(ending)).toEqual({ backend: 'pass', web: 'pass' });
  });

  test('is unknown for an image without the tag, and judges the others', async () => {
    const scene = await scenario();
    for (const name of ['backend', 'web']) await scene.shared.createRepository(`payroll/${name}`);
    await scene.publish('payroll/web', 'prod', { name: 'web' });
    const ending = await gating(scene, { environment: 'prod' });
    expect([ending.outputs.verdict, ending.codes]).toEqual(['unknown', ['gate-unknown']]);
    expect(verdicts(ending)).toEqual({ web: 'pass' });
    expect(ending.annotations[0]?.message).toContain(
      `It is unknown which image of backend runs in prod: there is no ${host}/payroll/backend:prod.`,
    );
  });

  test('is unknown if no tag of the environment moves', async () => {
    const { outputs, annotations } = await gating(await team(), { environment: 'test', only: 'web' });
    expect(outputs.verdict).toBe('unknown');
    expect(annotations[0]?.message).toContain('no tag of the environment moves with each promotion');
  });

  describe('with a ledger', () => {
    test('judges the images of the last entry, whatever the tags name', async () => {
      const scene = await team();
      const older = await scene.shared.digestOf('payroll/web', 'prod');
      await scene.publish('payroll/web', 'build-2.0.0', { name: 'web', content: 'newer' });
      const newer = await scene.shared.digestOf('payroll/web', 'build-2.0.0');
      await promoted(scene, 1, { 'payroll/web': older });
      await promoted(scene, 2, { 'payroll/web': newer });
      const ending = await gating(scene, { environment: 'prod', only: 'web' });
      expect(verdicts(ending)).toEqual({ web: 'pass' });
      expect(ending.outputs.images).toContain(newer);
    });

    test('judges the images of a registry without a prefix, after one left the configuration', async () => {
      const scene = await team();
      const web = await scene.shared.digestOf('payroll/web', 'prod');
      await promoted(scene, 1, { 'payroll/web': web, 'tools/removed': web }, 'towpath');
      const withoutPrefix = config
        .replace('/payroll\n', '\n')
        .replace('web: {}', 'web: { repository: payroll/web }');
      const ending = await scene.play(scanGate, {
        files: { 'towpath.yaml': withoutPrefix },
        given: { environment: 'prod', only: 'web' },
      });
      expect(verdicts(ending)).toEqual({ web: 'fail' });
    });

    test('is unknown for an image that the last entry does not list, or that was deleted', async () => {
      const scene = await team();
      await promoted(scene, 1, { 'payroll/web': `sha256:${'0'.repeat(64)}` });
      const { outputs, annotations } = await gating(scene, { environment: 'prod' });
      expect(outputs.verdict).toBe('unknown');
      expect(annotations.map(({ message }) => message)).toEqual([
        expect.stringContaining('Image backend is not part of prod: entry 1 of prod does not list it.'),
        expect.stringContaining('payroll/web no longer has sha256:000'),
      ]);
    });
  });
});

describe('a policy file', () => {
  const judged = async (policy: string): Promise<Ending> => {
    const scene = await team();
    await scene.publish('payroll/web', 'build-1.0.0', { name: 'web', content: 'newer' });
    const low = { findings: [{ name: 'CVE-2026-1', severity: 'LOW' as const }] };
    scene.emulator.addFindings({ 'build-1.0.0': low });
    return scene.play(scanGate, {
      files: { ...files, 'gate.yml': policy },
      given: { version: '1.0.0', only: 'web', policy: 'gate.yml' },
    });
  };

  test('replaces the policy of the configuration', async () => {
    expect(verdicts(await judged('fail-on: low\n'))).toEqual({ web: 'fail' });
  });

  test('with a baseline allows the findings of the images that the environment runs', async () => {
    expect(verdicts(await judged('fail-on: low\nbaseline: prod\n'))).toEqual({ web: 'pass' });
  });

  test('with a baseline whose image is unknown allows none of them, and a notice says so', async () => {
    const { outputs, annotations } = await judged('fail-on: low\nbaseline: test\n');
    expect(outputs.verdict).toBe('fail');
    expect(annotations).toContainEqual({
      level: 'notice',
      message: expect.stringContaining(
        'No baseline: It is unknown which image of web runs in test',
      ) as object,
    });
  });

  test('with an unknown key is an error', async () => {
    expect((await judged('fail-onn: low\n')).codes).toEqual(['config-invalid']);
  });
});

describe('the input images', () => {
  test('judges references with a digest, also of images that are not configured', async () => {
    const scene = await team();
    await scene.shared.createRepository('other/api');
    await scene.publish('other/api', 'v1', { name: 'api' });
    const references = [
      `${host}/payroll/web@${(await scene.shared.digestOf('payroll/web', 'prod')) ?? ''}`,
      `${host}/other/api:v1@${(await scene.shared.digestOf('other/api', 'v1')) ?? ''}`,
    ];
    const ending = await gating(scene, { images: references.join('\n'), 'fail-on': 'low' });
    expect(verdicts(ending)).toEqual({ 'payroll/web': 'fail', 'other/api': 'pass' });
  });

  test('judges the output images of an earlier step', async () => {
    const scene = await team();
    const digest = await scene.shared.digestOf('payroll/web', 'prod');
    const images = JSON.stringify([{ name: 'web', repository: 'payroll/web', digest }]);
    expect(verdicts(await gating(scene, { images }))).toEqual({ web: 'pass' });
  });

  test('is an error for a digest that the repository does not have', async () => {
    const images = `${host}/payroll/web@sha256:${'0'.repeat(64)}`;
    expect((await gating(await team(), { images })).codes).toEqual(['image-missing']);
  });

  test.each<Readonly<Record<string, string>>>([
    { images: `${host}/payroll/web:prod` },
    { images: `docker.io/library/busybox@sha256:${'0'.repeat(64)}` },
    { images: 'https://example.com' },
    { images: '[]' },
    { images: '' },
    { images: `${host}/payroll/web@sha256:${'0'.repeat(64)}`, version: '1.0.0' },
    { version: '1.0.0', 'image-set': 'set' },
  ])('rejects %j without a request', async (given) => {
    const { codes, requests } = await gating(await scenario(), given);
    expect([new Set(codes), requests]).toEqual([new Set(['input-invalid']), []]);
  });
});

/** Writes an entry of prod to the ledger, and creates the ledger if it is missing. */
async function promoted(
  { emulator, shared }: Scenario,
  number: number,
  digests: Readonly<Record<string, string | undefined>>,
  repository = 'payroll/towpath',
): Promise<void> {
  if ((await shared.repository(repository)) === undefined) await shared.createRepository(repository);
  const registry = { kind: 'private', account: shared.id, region: 'us-east-1', host: shared.host } as const;
  const endpoints = JSON.stringify({ [shared.host]: emulator.registryUrl(shared.id, 'us-east-1') });
  const env = {
    ...shared.credentials,
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: endpoints,
  };
  const entry = {
    ...{ schemaVersion: 1 as const, environment: 'prod', number, kind: 'promotion' as const },
    ...{ version: `${number}.0.0`, when: '2026-01-31T12:00:00.000Z', source: {} },
    images: Object.entries(digests).map(([name, digest = '']) => ({
      ...{ name: name.replace(/^\w+\//, ''), repository: name, digest: parseDigest(digest) },
      version: `${number}.0.0`,
    })),
  };
  const written = await writeEnvironmentEntry(
    { registry, repository },
    entry,
    new Session(fakeRuntime({ env })),
  );
  expect(written).toBe('put');
}
