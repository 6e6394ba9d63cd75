import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import { temporaryFolder } from '@towpath/testing/folder';
import { parseChallenge, accessOf, asksForOthers } from './bearer.ts';
import { mediaTypes } from './descriptor.ts';
import { parseEndpoints } from './endpoints.ts';
import { parseJson } from './json.ts';
import { Layout } from './layout.ts';
import { maxJsonDepth } from './limits.ts';
import { parseManifest } from './manifest.ts';
import { nextPage } from './remote-repository.ts';
import { rewriteAttestations } from './rewrite-attestations.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);
const url = new URL('https://registry.example/v2/app/tags/list');

/** Parses a challenge and uses the result. */
function challenge(text: string): void {
  const found =
    parseChallenge(text) ?? parseChallenge(`Bearer realm="https://registry.example/",scope="${text}"`);
  if (found === undefined) return;
  accessOf(found);
  asksForOthers(found, url);
}

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  {
    name: 'a challenge',
    read: challenge,
    pieces: ['Bearer ', 'realm="', 'a=', 'a = b,', '\\"', 'repository(', 'repository:a:pull '],
  },
  {
    name: 'a link to the next page',
    read: (text) => nextPage(url, text),
    pieces: ['<a>', '; ', 'rel="next"', '<a> '],
  },
  {
    name: 'a manifest',
    read: (text) => parseManifest(Buffer.from(text), mediaTypes.ociManifest),
    pieces: ['{"config":', '"layers":[', '{"a":', '{"mediaType":"', '],', '"\\'],
  },
  { name: 'JSON', read: (text) => parseJson(Buffer.from(text)), pieces: ['{"a":', '[[', '"\\', '"a",'] },
  {
    name: 'endpoints',
    read: (text) => parseEndpoints(text),
    pieces: ['a=https://', '{"a":', 'b,'],
  },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('finishes in time with any repeated fragment', () => {
    survivesAttacks(read, pieces);
  });

  test('finishes in time with any mixture of fragments', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('deeply nested JSON', () => {
  test('is read up to the limit', () => {
    expect(parseJson(Buffer.from(nested(maxJsonDepth)))).toBeDefined();
    expect(parseJson(Buffer.from(`["${'['.repeat(1000)}"]`))).toHaveLength(1);
  });

  test.each([maxJsonDepth + 1, 500_000])('is rejected with %d levels', (depth) => {
    expect(inTime(() => parseJson(Buffer.from(nested(depth))))).toBeUndefined();
  });

  test('is rejected as a statement', async () => {
    const layout = new Layout(temporaryFolder());
    const put = async (text: string, mediaType: string) => {
      const digest = digestOf(text);
      await layout.put({ digest, text });
      return { mediaType, digest, size: text.length };
    };
    const statement = await put(nested(100_000), 'application/vnd.in-toto+json');
    const config = await put('{}', 'application/vnd.oci.image.config.v1+json');
    const manifest = { schemaVersion: 2, config, layers: [statement] };
    const child = await put(JSON.stringify(manifest), mediaTypes.ociManifest);
    const unknown = { platform: { os: 'unknown', architecture: 'unknown' } };
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const index = { schemaVersion: 2, manifests: [{ ...child, ...unknown, annotations }] };
    const root = parseManifest(Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex);
    await expect(rewriteAttestations(layout, root, (one) => one)).rejects.toMatchObject({
      code: 'image-unsupported',
    });
  });
});
