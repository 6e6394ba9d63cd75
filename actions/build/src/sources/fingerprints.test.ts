import { describe, expect, test } from '@jest/globals';
import { fingerprintParts, FolderHashes } from '@towpath/build-context';
import { loadConfig } from '@towpath/config';
import { proxyOf } from '@towpath/proxy';
import { digestOf } from '@towpath/reference';
import { temporaryFolder, writeFiles } from '@towpath/testing';
import { identify, type KnownImage } from './fingerprints.ts';
import { readImages } from './image-facts.ts';

const frontend = 'docker/dockerfile:1';
const base = 'alpine:3';

/** What a repository with one Dockerfile is known by. @param digests of the images that it names */
async function identifyImage(
  dockerfile: string,
  digests: Readonly<Record<string, string>>,
  args: ReadonlyMap<string, string> = new Map(),
): Promise<KnownImage> {
  const workspace = temporaryFolder();
  writeFiles(workspace, { Dockerfile: dockerfile });
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, bareName: 'web', printBake });
  const proxy = { shared: proxyOf({}), docker: proxyOf({}), mode: undefined, env: {}, args: new Map() };
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const reading = { config, workspace, env: {}, platforms: [], ownPlatform: [amd64], args, proxy };
  const known = new Map(Object.entries(digests).map(([name, content]) => [name, digestOf(content)]));
  const sources = { caches: [], endpoints: new Map(), digests: known };
  const [image] = await identify(await readImages(config.images, reading), sources, new FolderHashes());
  if (image === undefined) throw new Error('there is one image');
  return image;
}

/** The inputs in which two images differ. */
function differences(one: KnownImage, other: KnownImage): readonly string[] {
  return fingerprintParts.filter((part) => one.fingerprint.parts[part] !== other.fingerprint.parts[part]);
}

describe('the frontend that a Dockerfile is read by is one of its base images', () => {
  const text = `# syntax=${frontend}\nFROM ${base}\n`;

  test('another one makes another fingerprint', async () => {
    const before = await identifyImage(text, { [base]: 'base', [frontend]: 'before' });
    const after = await identifyImage(text, { [base]: 'base', [frontend]: 'after' });
    expect(differences(before, after)).toEqual(['bases']);
    expect(before.unfixed).toEqual([]);
  });

  test('one that an arg names is looked up in place of it', async () => {
    const args = new Map([['BUILDKIT_SYNTAX', 'example.com/frontend:2']]);
    const { unfixed } = await identifyImage(text, { [base]: 'base', [frontend]: 'frontend' }, args);
    expect(unfixed).toEqual(['example.com/frontend:2']);
  });

  test('one that cannot be looked up may change', async () => {
    const { unfixed } = await identifyImage(text, { [base]: 'base' });
    expect(unfixed).toEqual([frontend]);
  });

  test('BuildKit’s own is none', async () => {
    const { unfixed } = await identifyImage(`FROM ${base}\n`, { [base]: 'base' });
    expect(unfixed).toEqual([]);
  });
});

test('a proxy is no address that something is added from', async () => {
  const text = `FROM ${base}\nARG JAR=app.jar\nADD $JAR /\n`;
  const args = new Map([['HTTP_PROXY', 'http://proxy.example:3128']]);
  expect((await identifyImage(text, { [base]: 'base' }, args)).unfixed).toEqual([]);
});

test('a base image that no digest can stand for may change, although its digest is known', async () => {
  const { unfixed } = await identifyImage('FROM alpine AS alpine\nRUN true\n', { alpine: 'base' });
  expect(unfixed).toEqual(['alpine']);
});

test('what is added from an address may change', async () => {
  const { unfixed } = await identifyImage('FROM scratch\nADD https://example.com/tool.tgz /\n', {});
  expect(unfixed).toEqual(['https://example.com/tool.tgz']);
});
