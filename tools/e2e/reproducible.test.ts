import { expect, test } from '@jest/globals';
import { readImageSet, type BuiltImage } from '@towpath/image-set';
import { Layout, type ImageManifest } from '@towpath/oci';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, green, imagesOf, type Scene } from './scene.ts';

async function digests({ step }: Scene): Promise<string[]> {
  return imagesOf(green(await step('build'))).map(({ digest }) => digest);
}

/** Returns the images of the set with the manifest of their first platform. */
async function manifests({
  temp,
}: Scene): Promise<readonly (ImageManifest & { readonly built: BuiltImage })[]> {
  const folder = join(temp, 'towpath');
  const { images } = await readImageSet(folder);
  const read = images.map(async (built) => {
    const [digest = built.digest] = Object.values(built.platforms);
    const manifest = await new Layout(folder).manifest({
      digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    });
    if (manifest.kind !== 'image') throw new Error('the platform has no image manifest');
    return { ...manifest, built };
  });
  return Promise.all(read);
}

test('two clones at different paths and times give the same digests, with and without a cache', async () => {
  const one = await begin();
  await one.withoutCache();
  const cold = await digests(one);
  expect(await digests(await one.clone())).toEqual(cold);

  const later = await one.clone();
  await later.withoutCache();
  await writeFile(join(later.checkout.folder, 'job/reconcile.sh'), '#!/bin/sh\necho another commit\n');
  await later.checkout.commit('Warm the cache by another commit');
  await digests(later);
  expect(await digests(await one.clone())).toEqual(cold);
});

test('a commit that changes no file of an image changes neither its layers nor its config', async () => {
  const scene = await begin();
  await digests(scene);
  const before = await manifests(scene);
  await writeFile(join(scene.checkout.folder, 'NOTES.md'), 'in no build context');
  await scene.checkout.commit('Another commit');
  await digests(scene);
  const after = await manifests(scene);
  const content = ({ built, config, layers }: (typeof after)[number]) => [built.name, config, layers];
  expect(after.map(content)).toEqual(before.map(content));
  expect(after.map(({ built }) => built.fingerprint)).toEqual(before.map(({ built }) => built.fingerprint));
  const [job] = after;
  expect(job?.annotations).toMatchObject({
    'org.opencontainers.image.source': 'https://github.com/acme/payroll',
    'org.opencontainers.image.revision': await scene.checkout.revision(),
    'org.opencontainers.image.created': expect.stringMatching(/^20\d\d-.*Z$/) as unknown,
  });
  expect(job?.built.annotations).toEqual(job?.annotations);
});

interface Statement {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
}

test('provenance names the digest of every platform and does not change the digest of the image', async () => {
  const scene = await begin();
  const built = imagesOf(green(await scene.step('build')));
  const folder = join(scene.temp, 'towpath');
  const { images } = await readImageSet(folder);
  expect(images.map(({ mediaType }) => mediaType)).toEqual([
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
  ]);
  const layout = new Layout(folder);
  for (const { name, attestations, platforms } of images) {
    expect(attestations.map(({ subject }) => subject).sort()).toEqual(Object.values(platforms).sort());
    for (const attestation of attestations) {
      const manifest = await layout.manifest(attestation);
      if (manifest.kind !== 'image') throw new Error('the attestation is not an image manifest');
      expect(manifest.subject?.digest).toBe(attestation.subject);
      expect(manifest.layers).not.toEqual([]);
      for (const { digest } of manifest.layers) {
        const statement = JSON.parse(await readFile(layout.blobPath(digest), 'utf8')) as Statement;
        expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1');
        expect(statement.subject.map((one) => `sha256:${one.digest.sha256}`)).toEqual([attestation.subject]);
        expect(statement.subject[0]?.name).toContain(name);
      }
    }
  }
  const without = imagesOf(green(await scene.step('build', { attestations: 'none' })));
  expect(without.map(({ digest }) => digest)).toEqual(built.map(({ digest }) => digest));
});

/** An SBOM generator that reports no packages (moby/buildkit, docs/attestations/sbom-protocol.md). */
const scanner = `FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37
COPY --chmod=755 <<"EOF" /scan
#!/bin/sh
cat > "$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json" <<"JSON"
{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://spdx.dev/Document","predicate":{"spdxVersion":"SPDX-2.3"}}
JSON
EOF
ENTRYPOINT ["/scan"]
`;

test('creates an SBOM with a generator from a private registry, in addition to provenance', async () => {
  const { stage, checkout, step, temp } = await begin();
  await stage.shared.createRepository('payroll/scanner');
  const registry = `registry: ${stage.shared.host}/payroll\n`;
  const config = join(checkout.folder, 'towpath.yaml');
  await mkdir(join(checkout.folder, 'scanner'));
  await writeFile(join(checkout.folder, 'scanner/Dockerfile'), scanner);
  await writeFile(config, `${registry}images: { scanner: { context: scanner } }\n`);
  green(await step('build'));
  green(await step('publish', { version: '1' }));

  const generator = `${stage.shared.host}/payroll/scanner:build-1`;
  await writeFile(
    config,
    `${registry}images: { reconcile: { context: job } }\nsbom: { generator: ${generator} }\n`,
  );
  green(await step('build'));
  const layout = new Layout(join(temp, 'towpath'));
  const [image] = (await readImageSet(layout.folder)).images;
  const [attestation] = image?.attestations ?? [];
  if (attestation === undefined) throw new Error('the image has no attestations');
  const manifest = await layout.manifest(attestation);
  const statements = await Promise.all(
    (manifest.kind === 'image' ? manifest.layers : []).map(
      async ({ digest }) => JSON.parse(await readFile(layout.blobPath(digest), 'utf8')) as Statement,
    ),
  );
  expect(statements.map(({ predicateType }) => predicateType)).toEqual([
    'https://spdx.dev/Document',
    'https://slsa.dev/provenance/v1',
  ]);
  for (const { subject } of statements) expect(`sha256:${subject[0]?.digest.sha256}`).toBe(image?.digest);
});

test('attestations: index adds the attestations to the index of the image', async () => {
  const { step, temp } = await begin();
  green(await step('build', { only: 'reconcile', attestations: 'index' }));
  const layout = new Layout(join(temp, 'towpath'));
  const [image] = (await readImageSet(layout.folder)).images;
  if (image === undefined) throw new Error('no image was built');
  const index = await layout.manifest(image);
  expect(image).toMatchObject({ mediaType: 'application/vnd.oci.image.index.v1+json', attestations: [] });
  expect(index.kind === 'index' && index.manifests.map(({ platform }) => platform?.os)).toEqual([
    'linux',
    'unknown',
  ]);
});
