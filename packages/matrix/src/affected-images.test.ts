import { describe, expect, test } from '@jest/globals';
import { plainBuild, type ImageConfig } from '@towpath/config';
import { affectedImages, type ImageSource } from './affected-images.ts';

interface Draft {
  readonly files?: readonly string[];
  readonly folders?: Readonly<Record<string, (path: string) => boolean>>;
  readonly on?: readonly string[];
}

const all = () => true;

function source(name: string, { files = [], folders = {}, on = [] }: Draft): ImageSource {
  const image: ImageConfig = {
    ...plainBuild,
    name,
    context: name,
    dockerfile: `${name}/Dockerfile`,
    platforms: [],
    contexts: new Map(on.map((target) => [target, { kind: 'target', image: target }])),
  };
  return { image, files, folders: Object.entries(folders).map(([path, sends]) => ({ path, sends })) };
}

const sources = [
  source('base', { files: ['base/Dockerfile', 'base/Dockerfile.dockerignore'], folders: { base: all } }),
  source('web', {
    files: ['docker/web.Dockerfile'],
    folders: { 'apps/web': (path) => !path.startsWith('docs/'), libs: all },
    on: ['base'],
  }),
  source('mono', { files: ['Dockerfile'], folders: { '': (path) => path.endsWith('.go') } }),
  source('last', { on: ['web'] }),
];

describe('a changed path affects', () => {
  test.each<[string, string, readonly string[]]>([
    ['no image if no context contains it', 'README.md', []],
    ['the image whose context contains it', 'apps/web/src/a.ts', ['web', 'last']],
    ['the image whose named context contains it', 'libs/a', ['web', 'last']],
    ['no image if the ignore file excludes it', 'apps/web/docs/a.md', []],
    ['no image because of a folder that only begins the same', 'apps/web2/a', []],
    ['an image whose context is the whole repository', 'apps/web/docs/a.go', ['mono']],
    ['every image with such a context', 'apps/web/a.go', ['web', 'mono', 'last']],
    ['the image of a Dockerfile outside of the context', 'docker/web.Dockerfile', ['web', 'last']],
    ['the image of an ignore file', 'base/Dockerfile.dockerignore', ['base', 'web', 'last']],
    ['the image of the context’s ignore file, even if that excludes itself', '.dockerignore', ['mono']],
    ['the images below a link or a submodule', 'apps', ['web', 'last']],
    ['the images that are built on the image', 'base/a', ['base', 'web', 'last']],
    [
      'an image if its name is not UTF-8, whatever the rules',
      'apps/web/docs/\uFFFD',
      ['web', 'mono', 'last'],
    ],
  ])('%s: %s', (_, path, expected) => {
    expect(affectedImages([path], sources).map(({ name }) => name)).toEqual(expected);
  });
});

test('says why', () => {
  expect(affectedImages(['x', 'apps/web/a', 'libs/b'], sources, new Map([['mono', 'it is new']]))).toEqual([
    { name: 'web', why: 'apps/web/a changed' },
    { name: 'mono', why: 'it is new' },
    { name: 'last', why: 'it is built on web, which changed' },
  ]);
});

test('asks the rules of a folder once for each path, however many images have it', () => {
  let asked = 0;
  const sends = () => {
    asked += 1;
    return false;
  };
  const many = Array.from({ length: 200 }, (_, index) => source(`i${index}`, { folders: { '': sends } }));
  const paths = Array.from({ length: 1000 }, (_, index) => `a/b/${index}`);
  expect(affectedImages(paths, many)).toEqual([]);
  expect(asked).toBe(1000);
});
