import { expect, test } from '@jest/globals';
import { team, type Stage } from '@towpath/stage';
import { attach } from '@towpath/testing';
import { parseDigest, type Digest } from '@towpath/reference';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { begin, green, imagesOf, oddRunner, type ImageOutput } from './scene.ts';

test('builds, publishes, scans and promotes images to another account without changing a byte', async () => {
  const { stage, step, temp } = await begin('exemplar', oddRunner);
  // A service user often has no home.
  const built = imagesOf(green(await step('build', {}, { env: { HOME: undefined } })));
  green(await step('publish', { version: '1.0.0' }));
  expect(green(await step('scan-gate', { version: '1.0.0' })).outputs.verdict).toBe('pass');
  const signed = await sign(stage, built);
  await rm(join(temp, 'towpath'), { recursive: true });
  for (const environment of ['dev', 'test', 'prod']) {
    green(await step('promote', { version: '1.0.0', 'target-environment': environment }));
  }
  expect(built.map(({ name }) => name)).toEqual(team.images);
  for (const { name, digest } of built) {
    expect(await stage.prod.digestOf(`${team.prefix}/${name}`, 'prod-1.0.0')).toBe(digest);
  }
  const { repository, subjects, tags } = signed;
  for (const [tag, digest] of tags)
    expect([tag, await stage.prod.digestOf(repository, tag)]).toEqual([tag, digest]);
  for (const subject of subjects)
    expect(await stage.prod.referrers(repository, subject)).toEqual(
      await stage.shared.referrers(repository, subject),
    );
});

/** What was attached to an image. */
interface Signed {
  readonly repository: string;
  /** The digests of the index and of its platforms. */
  readonly subjects: readonly Digest[];
  readonly tags: ReadonlyMap<string, Digest>;
}

/** Attaches a signature under a tag as cosign does, and an SBOM as a referrer, to an index and its platforms. */
async function sign({ shared }: Stage, images: readonly ImageOutput[]): Promise<Signed> {
  const image = images.find(({ platforms }) => Object.keys(platforms).length > 1);
  if (image === undefined) throw new Error('the example has an image with several platforms');
  const repository = `${team.prefix}/${image.name}`;
  const subjects = [image.digest, ...Object.values(image.platforms)].map(parseDigest);
  const tags = new Map<string, Digest>();
  for (const subject of subjects) {
    const tag = `${subject.replace(':', '-')}.sig`;
    const annotations = [{ 'dev.cosignproject.cosign/signature': 'c2ln' }];
    tags.set(tag, (await attach(shared, repository, { tag, content: subject, annotations })).digest);
    await attach(shared, repository, { subject, content: `SBOM of ${subject}` });
  }
  return { repository, subjects, tags };
}

test('builds, publishes and promotes the images of a template.yaml without a towpath.yaml', async () => {
  const { stage, checkout, step } = await begin();
  await rm(join(checkout.folder, 'towpath.yaml'));
  green(await step('build'));
  green(await step('publish', { version: '2.3.4' }));
  green(
    await step('promote', { version: '2.3.4', 'source-environment': 'build', 'target-environment': 'dev' }),
  );
  for (const image of team.images) {
    expect(await stage.shared.tags(`${team.prefix}/${image}`)).toEqual(['build-2.3.4', 'dev-2.3.4']);
  }
});

test('builds and publishes a single Dockerfile without configuration', async () => {
  const { checkout, step, stage } = await begin();
  for (const entry of await readdir(checkout.folder)) {
    if (entry !== 'web' && entry !== '.git') await rm(join(checkout.folder, entry), { recursive: true });
  }
  await stage.shared.createRepository('payroll');
  const [built] = imagesOf(green(await step('build', { 'build-context': 'web' })));
  expect(built?.name).toBe('payroll');
  const { outputs } = green(await step('publish', { version: '1' }));
  expect(outputs.repository).toBe('payroll');
});

test('the demo succeeds and its report lists the environments of each image', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-demo-'));
  const main = fileURLToPath(new URL('../demo/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--work', folder], {
    env: process.env,
  });
  expect(stdout).toContain('legacy: the gate rejected it, so it is in no environment');
  expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toMatchObject({
    images: [
      { name: 'reconcile', verdict: 'pass', environments: { prod: { tag: 'prod-1.0.0' } } },
      {
        name: 'web',
        verdict: 'pass',
        platforms: { 'linux/arm64': expect.stringMatching(/^sha256:/) as unknown },
      },
    ],
    held: [{ name: 'legacy', verdict: 'fail', reason: expect.stringContaining('CVE-2026-10001') as unknown }],
  });
  await rm(folder, { recursive: true });
});
