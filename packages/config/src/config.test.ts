import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { parseRegistry, type Registry } from '@towpath/reference';
import { plainBuild } from './build-options.ts';
import {
  imageRepository,
  environmentRepository,
  resolveRegistry,
  type EnvironmentConfig,
  type ImageConfig,
} from './config.ts';
import { parseRegistrySource } from './registry-source.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const image: ImageConfig = {
  name: 'web',
  context: '.',
  dockerfile: 'Dockerfile',
  platforms: [],
  ...plainBuild,
};
const prod: EnvironmentConfig = { name: 'prod', from: ['test'], tags: [] };

function registry(prefix: string): Registry {
  return { kind: 'private', account: '111122223333', region: 'us-east-1', host, prefix };
}

describe('the repository of an image', () => {
  test.each([
    { name: 'is its name under the prefix', prefix: 'payroll', expected: 'payroll/web' },
    { name: 'is its name if there is no prefix', prefix: '', expected: 'web' },
  ])('$name', ({ prefix, expected }) => {
    expect(imageRepository(image, registry(prefix))).toBe(expected);
  });

  test('is the one it sets itself, regardless of the prefix', () => {
    expect(imageRepository({ ...image, repository: 'other/web' }, registry('payroll'))).toBe('other/web');
  });
});

describe('the repository of an image in an environment', () => {
  test('is the build’s by default', () => {
    expect(environmentRepository(prod, image, 'payroll/web')).toBe('payroll/web');
  });

  test.each([
    { repository: '{repository}-{environment}', expected: 'payroll/web-prod' },
    { repository: 'live/{image}', expected: 'live/web' },
    { repository: '{environment}/{image}/{image}', expected: 'prod/web/web' },
  ])('from the template $repository is $expected', ({ repository, expected }) => {
    expect(environmentRepository({ ...prod, repository }, image, 'payroll/web')).toBe(expected);
  });

  test('is rejected if it is too long, with the template and the source', () => {
    const environment = { ...prod, repository: '{repository}/{repository}' };
    expect(() => environmentRepository(environment, image, 'x'.repeat(200))).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        hint: expect.stringContaining('environments.prod.repository') as unknown,
      }),
    );
  });
});

describe('the registry', () => {
  const lookup = {
    parameter: (name: string) => Promise.resolve(`${host}${name}\n`),
    callerHost: () => Promise.resolve(host),
  };

  test('needs no lookup if it is written out', async () => {
    const literal = registry('payroll');
    await expect(resolveRegistry({ kind: 'literal', registry: literal }, 'build', lookup)).resolves.toBe(
      literal,
    );
  });

  test('from a parameter is the value of the parameter', async () => {
    await expect(resolveRegistry({ kind: 'parameter', name: '/payroll' }, 'build', lookup)).resolves.toEqual(
      parseRegistry(`${host}/payroll`),
    );
  });

  test('from a parameter with {environment} is that of the environment', async () => {
    const source = parseRegistrySource('ssm:/account/ecr/{environment}/registry');
    if (source === undefined) throw new Error('it is a source');
    const names: string[] = [];
    const parameter = (name: string) => {
      names.push(name);
      return Promise.resolve(host);
    };
    await resolveRegistry(source, 'prod', { ...lookup, parameter });
    expect(names).toEqual(['/account/ecr/prod/registry']);
  });

  test.each(['ghcr.io/acme', 'ssm:', 'ssm:/x/{stage}', ''])('rejects %s', (text) => {
    expect(parseRegistrySource(text)).toBeUndefined();
  });

  test('of the caller has the caller’s host', async () => {
    await expect(resolveRegistry({ kind: 'caller' }, 'build', lookup)).resolves.toEqual(registry(''));
  });

  test.each([
    {
      source: { kind: 'parameter', name: '/x' } as const,
      message: '"payroll", from SSM parameter /x, is not an ECR registry.',
    },
    {
      source: { kind: 'caller' } as const,
      message: `"payroll", from the registry of the AWS account, is not an ECR registry.`,
    },
  ])('rejects a value that is not a registry: $message', async ({ source, message }) => {
    const wrong = {
      parameter: () => Promise.resolve('payroll'),
      callerHost: () => Promise.resolve('payroll'),
    };
    await expect(resolveRegistry(source, 'build', wrong)).rejects.toMatchObject({
      code: 'registry-unknown',
      message,
      hint: `It must look like ${host}/payroll.`,
    });
  });

  test('names the key registry if there is neither a registry nor a region', async () => {
    const noRegion = {
      ...lookup,
      callerHost: () => Promise.reject(new CodedError('input-invalid', 'The AWS region is not set.')),
    };
    await expect(resolveRegistry({ kind: 'caller' }, 'build', noRegion)).rejects.toMatchObject({
      code: 'registry-unknown',
      hint: `Set registry in towpath.yaml, for example registry: ${host}/payroll. Or set AWS_REGION.`,
    });
  });

  test('keeps the error of a failed lookup', async () => {
    const error = new Error('AccessDenied');
    const denied = { ...lookup, parameter: () => Promise.reject(error) };
    await expect(resolveRegistry({ kind: 'parameter', name: '/x' }, 'build', denied)).rejects.toBe(error);
  });
});
