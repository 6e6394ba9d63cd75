import { expect, test } from '@jest/globals';
import { plainBuild, type Config, type ImageConfig } from '@towpath/config';
import { parsePlatform } from '@towpath/reference';
import { readSubjects } from './subjects.ts';

function image(name: string, on: readonly string[] = [], platforms: readonly string[] = []): ImageConfig {
  return {
    ...plainBuild,
    name,
    context: '.',
    dockerfile: `${name}.Dockerfile`,
    platforms: platforms.flatMap((one) => parsePlatform(one) ?? []),
    contexts: new Map(on.map((target) => [target, { kind: 'target', image: target }])),
  };
}

const read = (one: ImageConfig, text: string) => ({
  ...{ image: one, text },
  args: new Map<string, string>(),
  platforms: one.platforms,
});

/**
 * Returns the platforms that `web`, which is built on `base` for two platforms, lacks.
 *
 * @param others other images and their Dockerfiles
 */
async function lacking(
  isPublished: boolean,
  others = new Map<ImageConfig, string>(),
): Promise<readonly string[]> {
  const base = image('base');
  const web = image('web', ['base'], ['linux/amd64', 'linux/arm64']);
  const config = {
    ...{ images: [web, ...(isPublished ? [base] : []), ...others.keys()], bases: isPublished ? [] : [base] },
    build: { pullThrough: new Map() },
  } as unknown as Config;
  const { signal } = new AbortController();
  const chosen = [read(web, 'FROM base\n')];
  const siblings = [
    ...chosen,
    read(base, 'FROM scratch\n'),
    ...[...others].map(([other, text]) => read(other, text)),
  ];
  const [subject] = await readSubjects(chosen, { config, workspace: '/', signal, siblings });
  return subject?.options.lackingPlatforms?.map(({ message }) => message) ?? [];
}

test('an image that is never published has the platforms of the images that are built on it', async () => {
  expect(await lacking(false)).toEqual([]);
});

test('an image that is published has the platforms that it names, or that of the runner', async () => {
  expect(await lacking(true)).toEqual([
    'Image web is built on target:base for linux/arm64, but base is built for linux/amd64 only.',
  ]);
});

test('a Dockerfile that exceeds a limit hides no finding about other images', async () => {
  const nested = `FROM ${'${A:-'.repeat(200)}x${'}'.repeat(200)}\n`;
  const others = new Map([[image('nested', ['base'], ['linux/amd64']), nested]]);
  expect(await lacking(true, others)).toEqual(await lacking(true));
});

test('reads the contexts of each of 200 images a few times, however many images there are', async () => {
  let reads = 0;
  class Counted extends Map<string, { kind: 'target'; image: string }> {
    override [Symbol.iterator](): MapIterator<[string, { kind: 'target'; image: string }]> {
      reads += 1;
      return super[Symbol.iterator]();
    }
  }
  const images = Array.from({ length: 200 }, (_, index) => ({
    ...image(`web-${index}`, [], ['linux/amd64']),
    contexts: new Counted([['base', { kind: 'target', image: 'base' }]]),
  }));
  const base = image('base', [], ['linux/amd64']);
  const config = { images: [...images, base], bases: [], build: { pullThrough: new Map() } };
  await readSubjects([...images.map((one) => read(one, 'FROM base\n')), read(base, 'FROM scratch\n')], {
    config: config as unknown as Config,
    workspace: '/',
    signal: new AbortController().signal,
  });
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThan(200 * 10);
});
