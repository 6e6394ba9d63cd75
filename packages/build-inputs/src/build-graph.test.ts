import { describe, expect, test } from '@jest/globals';
import { plainBuild, type Config, type ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { formatPlatform, parsePlatform } from '@towpath/reference';
import { buildGraph } from './build-graph.ts';

function image(name: string, on: readonly string[] = [], platforms: readonly string[] = []): ImageConfig {
  return {
    ...plainBuild,
    name,
    context: '.',
    dockerfile: 'Dockerfile',
    platforms: platforms.flatMap((one) => parsePlatform(one) ?? []),
    contexts: new Map(on.map((target) => [target, { kind: 'target', image: target }])),
  };
}

function graph(images: readonly ImageConfig[], bases: readonly ImageConfig[] = [], chosen = images) {
  return buildGraph(chosen, { file: 'docker-bake.hcl', images, bases } as unknown as Config);
}

function problems(images: readonly ImageConfig[]): readonly string[] {
  try {
    graph(images);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(({ message, hint = '' }) => `${message} ${hint}`);
  }
}

describe('the graph of images', () => {
  test('lists the images that others are built on first, each once', () => {
    const { ordered, below } = graph([
      image('web', ['mid']),
      image('mid', ['base']),
      image('api', ['base']),
      image('base'),
    ]);
    expect(ordered.map(({ name }) => name)).toEqual(['base', 'mid', 'web', 'api']);
    expect([...below('web')].sort()).toEqual(['base', 'mid']);
    expect([...below('base')]).toEqual([]);
  });

  test('contains only the chosen images and those that they are built on', () => {
    const [web, api] = [image('web', ['base']), image('api')];
    expect(graph([web, api], [image('base')], [web]).ordered.map(({ name }) => name)).toEqual([
      'base',
      'web',
    ]);
  });

  test('reports every circle and every unknown image at once', () => {
    expect(problems([image('a', ['b']), image('b', ['a']), image('c', ['c']), image('d', ['aa'])])).toEqual([
      'Images are based on each other in a circle: a → b → a. Remove one target: from the contexts.',
      'Images are based on each other in a circle: c → c. Remove one target: from the contexts.',
      'Image d is based on target:aa, but docker-bake.hcl has no image of this name. Valid: a, b, c, d.',
    ]);
  });

  test('takes a chain of images that is longer than the stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      image(`i${index}`, index === 0 ? [] : [`i${index - 1}`]),
    );
    expect(graph(chain.toReversed()).ordered.at(-1)?.name).toBe('i19999');
    const circle = problems([...chain.slice(1), image('i0', ['i19999'])]);
    expect(circle).toEqual([expect.stringMatching(/^Images are based .{1,300}$/)]);
  });
});

describe('the platforms of an image that is never published', () => {
  const [one, both] = [['linux/arm64'], ['linux/amd64', 'linux/arm64']];
  test.each([
    { name: 'come from the images built on it', images: [image('web', ['base'], both)], expected: both },
    {
      name: 'come from all images built on it, chosen or not',
      images: [image('web', ['base'], one), image('api', ['base'], ['linux/amd64'])],
      expected: ['linux/arm64', 'linux/amd64'],
    },
    {
      name: 'stay those of the builder if an image built on it has no platforms',
      images: [image('web', ['base'], one), image('api', ['base'])],
      expected: [],
    },
  ])('$name', ({ images, expected }) => {
    const { ordered } = graph(images, [image('base')], images.slice(0, 1));
    expect(ordered[0]?.platforms.map(formatPlatform)).toEqual(expected);
  });

  test('come through other images without platforms', () => {
    const { ordered } = graph([image('web', ['mid'], one)], [image('mid', ['base']), image('base')]);
    expect(ordered.map(({ platforms }) => platforms.map(formatPlatform))).toEqual([one, one, one]);
  });

  test('stay as they are configured', () => {
    const { ordered } = graph([image('web', ['base'], one)], [image('base', [], both)]);
    expect(ordered[0]?.platforms.map(formatPlatform)).toEqual(both);
  });

  test('are not changed for an image that is published', () => {
    const { ordered } = graph([image('web', ['base'], one), image('base')]);
    expect(ordered[0]?.platforms).toEqual([]);
  });
});
