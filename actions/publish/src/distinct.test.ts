import { describe, expect, test } from '@jest/globals';
import { scenario } from '@towpath/testing';
import { publish } from './action.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const config = `registry: ${host}/payroll\nimages: { backend: {}, web: {} }\n`;

async function publishing(configuration: string, given: Readonly<Record<string, string>>) {
  const scene = await scenario();
  for (const name of ['payroll/backend', 'payroll/web']) await scene.shared.createRepository(name);
  await scene.shared.putParameter('/account/ecr/main/registry', `${host}/payroll`);
  const ending = await scene.play(publish, {
    files: { 'towpath.yaml': configuration },
    imageSet: [{ name: 'backend' }, { name: 'web' }],
    given: { version: '1.0.0', ...given },
  });
  const writes = ending.requests.filter(({ operation }) => /PutImage|^PUT /.test(operation));
  return { codes: [...new Set(ending.codes)], text: ending.outputs.problems ?? '', writes };
}

describe('images with conflicting destinations', () => {
  const shared = config.replace('backend: {}', 'backend: { repository: payroll/web }');

  test.each<{ name: string; configuration: string; given: Record<string, string>; expected: string }>([
    {
      name: 'the input tags gives two images the same tag',
      configuration: `${shared}tags: ["{image}-{version}"]\nenvironments: { dev: { from: build, tags: ["{environment}-{image}-{version}"] } }\n`,
      given: { tags: 'build-{version}' },
      expected: 'payroll/web:build-1.0.0 would be set for several images: backend, web.',
    },
    {
      name: 'a prefix in a parameter gives two images the same tag',
      configuration: shared.replace(/registry: .*/, 'registry: ssm:/account/ecr/main/registry'),
      given: {},
      expected: 'payroll/web:build-1.0.0 would be set for several images: backend, web.',
    },
    {
      name: 'one registry is given by two of its host names',
      configuration: config,
      given: { registries: `${host}/payroll,111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/payroll` },
      expected: 'payroll/backend:build-1.0.0 would be set twice for image backend.',
    },
    {
      name: 'the input ecr-repository names the repository of the ledger',
      configuration: config,
      given: { only: 'backend', 'ecr-repository': 'payroll/towpath' },
      expected: 'Image backend cannot use the repository',
    },
  ])('are rejected before anything is written: $name', async ({ configuration, given, expected }) => {
    const { codes, text, writes } = await publishing(configuration, given);
    expect(text).toContain(expected);
    expect(codes).toEqual(['config-invalid']);
    expect(writes).toEqual([]);
  });
});
