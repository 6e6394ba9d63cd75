import { expect, test } from '@jest/globals';
import { fingerprintTag, readImageSet } from '@towpath/image-set';
import { mediaTypes, parseManifest } from '@towpath/oci';
import { team, type Stage } from '@towpath/stage';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, green, imagesOf, type How, type Inputs, type Scene } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';
const names = Array.from({ length: 20 }, (_, index) => `service-${index}`);

/** Builds and publishes twenty images. */
async function publishTwenty(): Promise<Scene> {
  const scene = await begin();
  const { checkout, stage, step } = scene;
  const images = names.map((name) => `  ${name}: { context: ${name} }`);
  const registry = `registry: ${stage.shared.host}/payroll`;
  await writeFile(join(checkout.folder, 'towpath.yaml'), [registry, 'images:', ...images].join('\n'));
  for (const name of names) {
    await mkdir(join(checkout.folder, name));
    await writeFile(join(checkout.folder, name, 'Dockerfile'), `FROM ${busybox}\nCOPY content /content\n`);
    await writeFile(join(checkout.folder, name, 'content'), name);
    await stage.shared.createRepository(`payroll/${name}`);
  }
  await checkout.commit('Twenty services');
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));
  await rm(join(scene.temp, 'towpath'), { recursive: true });
  return scene;
}

/** Counts the requests to the registries and their API. */
async function operations({ emulator }: Stage): Promise<Readonly<Record<string, number>>> {
  const requests = (await emulator.requests()).filter(({ plane }) => plane !== 'admin');
  const byOperation = Map.groupBy(requests, ({ operation }) => operation);
  return Object.fromEntries([...byOperation].map(([operation, all]) => [operation, all.length]));
}

test('builds only the changed one of twenty images, and publishes all', async () => {
  const { checkout, step, stage, temp } = await publishTwenty();
  await writeFile(join(checkout.folder, 'service-7/content'), 'changed');
  await checkout.commit('Change one');
  const result = green(await step('build', { reuse: '7d' }));
  expect([...result.log.matchAll(/^(\S+): building$/gm)].map(([, name]) => name)).toEqual(['service-7']);
  expect(result.log).toMatch(
    /build service-7 for linux\/\w+ from .* \(context changed since sha256:\w{64} was published\)/,
  );
  expect(result.log).toMatch(
    /reuse service-0@sha256:\w+ \(fp-[0-9a-f]{24} is .* old, and nothing has changed\)/,
  );
  const { images } = await readImageSet(join(temp, 'towpath'));
  expect(images.map(({ name }) => name)).toEqual(names);
  // Markdown escapes the colon.
  for (const { digest } of images) expect(result.summary).toContain(digest.slice('sha256:'.length));
  expect(images.filter(({ reused }) => reused === undefined).map(({ name }) => name)).toEqual(['service-7']);

  green(await step('publish', { version: '1.1.0' }));
  for (const { name, digest } of images)
    expect(await stage.shared.digestOf(`payroll/${name}`, 'build-1.1.0')).toBe(digest);

  await stage.emulator.clearRequests();
  const again = green(await step('build', { reuse: '7d' }));
  expect(again.log).not.toMatch(/: building$/m);
  // docs/scale.md lists them. The base image is found by its tag, and its ONBUILD instructions are in its config, to
  // which the registry redirects.
  expect(await operations(stage)).toEqual({
    'ecr:BatchGetImage': 20 + 1,
    'ecr:DescribeImages': 20,
    'ecr:DescribeRepositories': 1,
    'ecr:GetAuthorizationToken': 1,
    'GET manifest': 3,
    'GET blob': 1,
    'GET layer': 1,
  });
  expect(imagesOf(again).map(({ digest }) => digest)).toEqual(images.map(({ digest }) => digest));
});

test('publish, scan-gate and promote accept reused images', async () => {
  const { step, stage, temp } = await begin();
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));
  await rm(join(temp, 'towpath'), { recursive: true });
  const reused = green(await step('build', { reuse: '7d' }));
  expect(reused.log).not.toMatch(/: building$/m);
  green(await step('publish', { version: '1.1.0' }));
  expect(green(await step('scan-gate', { version: '1.1.0' })).outputs.verdict).toBe('pass');
  for (const environment of ['dev', 'test', 'prod'])
    green(await step('promote', { version: '1.1.0', 'target-environment': environment }));
  for (const { name, digest } of imagesOf(reused))
    expect(await stage.prod.digestOf(`${team.prefix}/${name}`, 'prod-1.1.0')).toBe(digest);
});

test('does not reuse an image with a fingerprint tag if the ledger does not list it', async () => {
  const { checkout, stage, step, temp } = await begin();
  const config = `registry: ${stage.shared.host}/payroll\nimages: { reconcile: { context: job } }\n`;
  await writeFile(join(checkout.folder, 'towpath.yaml'), config);
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY reconcile.sh /\n');
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));
  await writeFile(join(checkout.folder, 'job/reconcile.sh'), 'changed');
  green(await step('build'));
  const [built] = (await readImageSet(join(temp, 'towpath'))).images;
  const first = await stage.shared.manifest('payroll/reconcile', 'build-1.0.0');
  const content = JSON.parse(first.toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...content, annotations: built?.annotations }));
  const manifest = parseManifest(forged, mediaTypes.ociManifest);
  const tag = fingerprintTag(built?.fingerprint ?? '');
  await stage.shared.tag('payroll/reconcile', manifest, tag);
  await stage.shared.tag('payroll/reconcile', manifest, 'build-1.0.1');

  const { log } = green(await step('build', { reuse: '7d', 'dry-run': 'true' }));
  expect(log).toMatch(
    /build reconcile .* \(the ledger .*payroll\/towpath does not list sha256:\w{64} as built from/,
  );
});

test('without a ledger, reuses nothing and shows the command that creates it', async () => {
  const { checkout, stage, step } = await begin();
  const config = `registry: ${stage.shared.host}/other\nimages: { reconcile: { context: job } }\n`;
  await writeFile(join(checkout.folder, 'towpath.yaml'), config);
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY reconcile.sh /\n');
  await stage.shared.createRepository('other/reconcile');
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));
  expect(await stage.shared.fingerprintTags('other/reconcile')).toHaveLength(1);
  const { log } = green(await step('build', { reuse: '7d', 'dry-run': 'true' }));
  expect(log).toMatch(
    /build reconcile .*reuse needs a ledger. Run: aws ecr create-repository .*other\/towpath/,
  );
});

const noCredentials = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
};

test('the plan gives the reason why an image is built or reused', async () => {
  const { checkout, stage, step } = await begin();
  const configure = (option: string, text: string) => async () => {
    const config = `registry: ${stage.shared.host}/payroll\nimages: { reconcile: { context: job, ${option} } }\n`;
    await writeFile(join(checkout.folder, 'towpath.yaml'), config);
    await writeFile(join(checkout.folder, 'job/Dockerfile'), text);
  };
  const text = 'FROM scratch\nARG A\nCOPY reconcile.sh /\n';
  const configureOriginal = configure('labels: { a: b }', text);
  await configureOriginal();
  const decide = async (inputs: Inputs = {}, env: How['env'] = {}) => {
    const { log } = green(await step('build', { reuse: '7d', 'dry-run': 'true', ...inputs }, { env }));
    return /^(?:re-?use|build) reconcile.*$/m.exec(log)?.[0];
  };
  expect(await decide()).toContain('(it was never published)');
  green(await step('build'));
  green(await step('publish', { version: '1.0.0' }));

  expect(await decide()).toMatch(/^reuse .* old, and nothing has changed\)$/);
  await configure('labels: { a: c }', text)();
  expect(await decide()).toMatch(/^reuse /);
  await configureOriginal();
  expect(await decide({ 'build-args': 'A=b' })).toContain('(args changed since');
  expect(await decide({ platforms: 'linux/arm64' })).toContain('(platforms changed since');
  expect(await decide({ reuse: '0s' })).toMatch(/\(sha256:\w{64} is .* old\)$/);
  expect(await decide({}, noCredentials)).toContain('(there are no AWS credentials to look it up)');
  await configure('shm-size: 64mb', `${text}# a comment\n`)();
  expect(await decide()).toContain('(dockerfile, context, options changed since');
  await configure('no-cache: true', text)();
  expect(await decide()).toContain('(no-cache is set)');
});
