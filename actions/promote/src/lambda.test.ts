import { describe, expect, test } from '@jest/globals';
import { scenario, type Ending, type ImageDraft, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

function configuration(registry: string): string {
  return `registry: ${registry}/payroll
images: { api: { lambda: true } }
environments: { dev: { from: build, gate: off } }
`;
}

async function published(image: Partial<ImageDraft> = {}): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/api');
  await scene.publish('payroll/api', 'build-1.0.0', { name: 'api', ...image });
  return scene;
}

function promoting(scene: Scenario, registry = host): Promise<Ending> {
  const files = { 'towpath.yaml': configuration(registry) };
  return scene.play(promote, { files, given: { version: '1.0.0', 'target-environment': 'dev' } });
}

test('an image for AWS Lambda is promoted, and a notice names the region of its functions', async () => {
  const { green, annotations } = await promoting(await published());
  expect(green).toBe(true);
  expect(annotations.map(({ message }) => message)).toContain(
    `Image api has lambda: true. Only AWS Lambda functions in us-east-1 can run ${host}/payroll/api.`,
  );
});

describe('an image that AWS Lambda cannot run is not promoted', () => {
  const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
  test.each<{ name: string; image: Partial<ImageDraft>; message: RegExp }>([
    {
      name: 'an index',
      image: { platforms: ['linux/amd64', 'linux/arm64'] },
      message: /is an index of 2 manifests/,
    },
    { name: 'a layer of zstd', image: { layer: { mediaType: zstd } }, message: /tar\+zstd/ },
  ])('$name', async ({ image, message }) => {
    const scene = await published(image);
    const { codes, outputs } = await promoting(scene);
    expect(codes).toEqual(['lambda-unsupported']);
    expect(outputs.problems).toMatch(message);
    expect(await scene.shared.tags('payroll/api')).toEqual(['build-1.0.0']);
  });

  test('an image in a registry that is named by its FIPS host', async () => {
    const scene = await published();
    const { codes, outputs } = await promoting(scene, host.replace('.ecr.', '.ecr-fips.'));
    expect(codes).toEqual(['lambda-unsupported']);
    expect(outputs.problems).toContain(`Set the registry ${host}`);
  });
});
