import { describe, expect, test } from '@jest/globals';
import { gatherProblems, readInputs } from '@towpath/build-inputs';
import { fingerprintParts, FolderHashes } from '@towpath/build-context';
import { loadConfig } from '@towpath/config';
import { proxyOf } from '@towpath/proxy';
import { digestOf } from '@towpath/reference';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { identify, type KnownImage } from './fingerprints.ts';

const frontend = 'docker/dockerfile:1';
const base = 'alpine:3';

/**
 * Returns the fingerprint of a repository with one Dockerfile.
 *
 * @param digests of the images that it names
 */
async function identifyImage(
  dockerfile: string,
  digests: Readonly<Record<string, string>>,
  args: ReadonlyMap<string, string> = new Map(),
): Promise<KnownImage> {
  const workspace = temporaryFolder();
  writeFiles(workspace, { Dockerfile: dockerfile });
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, defaultName: 'web', printBake });
  const proxy = { shared: proxyOf({}), docker: proxyOf({}), mode: undefined };
  const amd64 = { os: 'linux', architecture: 'amd64' };
  const reading = { config, workspace, platforms: [], ownPlatform: [amd64], args, proxy };
  const known = new Map(Object.entries(digests).map(([name, content]) => [name, digestOf(content)]));
  const sources = { caches: [], endpoints: new Map(), digests: known };
  const read = await gatherProblems(config.images.map((one) => readInputs(one, reading)));
  const [image] = await identify(read, sources, new FolderHashes());
  if (image === undefined) throw new Error('there is one image');
  return image;
}

/** Returns the inputs in which two images differ. */
function differences(one: KnownImage, other: KnownImage): readonly string[] {
  return fingerprintParts.filter((part) => one.fingerprint.parts[part] !== other.fingerprint.parts[part]);
}

describe('the frontend of a Dockerfile counts as a base image', () => {
  const text = `# syntax=${frontend}\nFROM ${base}\n`;

  test('changes the fingerprint if it changes', async () => {
    const before = await identifyImage(text, { [base]: 'base', [frontend]: 'before' });
    const after = await identifyImage(text, { [base]: 'base', [frontend]: 'after' });
    expect(differences(before, after)).toEqual(['bases']);
    expect(before.unfixed).toEqual([]);
  });

  test('is the one that an arg sets, if there is one', async () => {
    const args = new Map([['BUILDKIT_SYNTAX', 'example.com/frontend:2']]);
    const { unfixed } = await identifyImage(text, { [base]: 'base', [frontend]: 'frontend' }, args);
    expect(unfixed).toEqual(['example.com/frontend:2']);
  });

  test('may change if it cannot be resolved', async () => {
    const { unfixed } = await identifyImage(text, { [base]: 'base' });
    expect(unfixed).toEqual([frontend]);
  });

  test('does not exist for BuildKit’s built-in frontend', async () => {
    const { unfixed } = await identifyImage(`FROM ${base}\n`, { [base]: 'base' });
    expect(unfixed).toEqual([]);
  });
});

test('does not treat a proxy as a remote source', async () => {
  const text = `FROM ${base}\nARG JAR=app.jar\nADD $JAR /\n`;
  const args = new Map([['HTTP_PROXY', 'http://proxy.example:3128']]);
  expect((await identifyImage(text, { [base]: 'base' }, args)).unfixed).toEqual([]);
});

test('treats a base image that cannot be pinned as changing, even if its digest is known', async () => {
  const { unfixed } = await identifyImage('FROM alpine AS alpine\nRUN true\n', { alpine: 'base' });
  expect(unfixed).toEqual(['alpine']);
});

test('treats a file from a URL as changing', async () => {
  const { unfixed } = await identifyImage('FROM scratch\nADD https://example.com/tool.tgz /\n', {});
  expect(unfixed).toEqual(['https://example.com/tool.tgz']);
});
