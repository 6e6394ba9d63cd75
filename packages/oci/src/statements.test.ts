import { expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { Readable } from 'node:stream';
import { mediaTypes } from './descriptor.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { attestationType, builderOf, statementKinds } from './statements.ts';

const run = 'https://github.com/acme/payroll/actions/runs/41';
const slsa = 'https://slsa.dev/provenance/v1';
const spdx = 'https://spdx.dev/Document';

/** Returns a manifest with one layer of this content, and a source to read it from. */
function attestation(
  predicateType: string | undefined,
  content: string,
): [Manifest, { blob: () => Promise<Readable> }] {
  const describe = (mediaType: string, bytes: string) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const annotations =
    predicateType === undefined ? undefined : { 'in-toto.io/predicate-type': predicateType };
  const document = {
    mediaType: mediaTypes.ociManifest,
    artifactType: attestationType,
    config: describe('application/vnd.oci.image.config.v1+json', '{}'),
    layers: [{ ...describe('application/vnd.in-toto+json', content), annotations }],
  };
  const manifest = parseManifest(Buffer.from(JSON.stringify(document)), mediaTypes.ociManifest);
  return [manifest, { blob: () => Promise.resolve(Readable.from([Buffer.from(content)])) }];
}

test.each<{ name: string; type: string | undefined; content: unknown; builder: string | undefined }>([
  {
    name: 'version 1',
    type: slsa,
    content: { predicate: { runDetails: { builder: { id: run } } } },
    builder: run,
  },
  {
    name: 'version 0.2',
    type: 'https://slsa.dev/provenance/v0.2',
    content: { predicate: { builder: { id: run } } },
    builder: run,
  },
  { name: 'no builder', type: slsa, content: { predicate: {} }, builder: undefined },
  {
    name: 'another statement type',
    type: spdx,
    content: { predicate: { builder: { id: run } } },
    builder: undefined,
  },
  {
    name: 'an unmarked layer',
    type: undefined,
    content: { predicate: { builder: { id: run } } },
    builder: undefined,
  },
  { name: 'a value that is not a statement', type: slsa, content: [], builder: undefined },
])('finds the builder in the provenance of $name', async ({ type, content, builder }) => {
  const [manifest, source] = attestation(type, JSON.stringify(content));
  expect(await builderOf(manifest, source)).toBe(builder);
});

test('finds no builder in a statement that is not JSON', async () => {
  expect(await builderOf(...attestation(slsa, '{'))).toBeUndefined();
});

test('the kind of a statement is its predicate type, or else the artifact type', () => {
  expect([...statementKinds(attestation(spdx, '{}')[0])]).toEqual([spdx]);
  expect([...statementKinds(attestation(undefined, '{}')[0])]).toEqual([attestationType]);
});
