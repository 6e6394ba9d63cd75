import { describe, expect, test } from '@jest/globals';
import { Layout, type Manifest } from '@towpath/oci';
import { makeImageSet, scenario, temporaryFolder, type Ending, type ImageDraft } from '@towpath/testing';
import { scanGate } from './action.ts';

const config = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  backend: {}
`;
const backend: ImageDraft = { name: 'backend' };
const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };

/** Returns the config digests of an image's platforms. */
async function imageIds(draft: ImageDraft): Promise<readonly string[]> {
  const layout = new Layout(temporaryFolder());
  const [image] = await makeImageSet(layout.folder, [draft]);
  if (image === undefined) throw new Error('the image set is empty');
  const root = await layout.manifest(image);
  const manifests: Manifest[] = [root];
  if (root.kind === 'index') for (const child of root.manifests) manifests.push(await layout.manifest(child));
  return manifests.flatMap((one) => (one.kind === 'image' ? [one.config.digest] : []));
}

function trivy(imageId: string | undefined, severity = 'LOW'): string {
  const vulnerability = {
    VulnerabilityID: 'CVE-2026-1',
    PkgName: 'zlib',
    InstalledVersion: '1.2',
    Severity: severity,
  };
  return JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: 'backend:latest',
    ArtifactType: 'container_image',
    Metadata: imageId === undefined ? {} : { ImageID: imageId },
    Results: [{ Target: 'debian', Class: 'os-pkgs', Type: 'debian', Vulnerabilities: [vulnerability] }],
  });
}

/** Gates an image set as a pull request of a fork: without credentials. */
async function gating(
  files: Readonly<Record<string, string>>,
  { reports = '*.json', imageSet = [backend], images = '' } = {},
): Promise<Ending> {
  const scene = await scenario();
  return scene.play(scanGate, {
    files: { 'towpath.yaml': config + images, ...files },
    imageSet,
    given: { reports },
    as: { credentials: {} },
  });
}

test('the rules of the base image do not apply to an image set without a base image', async () => {
  const [id] = await imageIds(backend);
  const reports = { 'a.json': trivy(id) };
  const gate = 'gate: { fail-on: critical, base: { fail-on: low } }\n';
  const based = await gating({ ...reports, Dockerfile: 'FROM acme.invalid/base' }, { images: gate });
  expect(based.outputs.verdict).toBe('fail');
  const scratch = await gating({ ...reports, Dockerfile: 'FROM scratch' }, { images: gate });
  expect(scratch.outputs.verdict).toBe('pass');
});

describe('an image set with a report', () => {
  test.each([
    { severity: 'LOW', verdict: 'pass' },
    { severity: 'CRITICAL', verdict: 'fail' },
  ])('of severity $severity is judged $verdict without a request to AWS', async ({ severity, verdict }) => {
    const [id] = await imageIds(backend);
    const { outputs, requests } = await gating({ 'trivy.json': trivy(id, severity) });
    expect([outputs.verdict, requests]).toEqual([verdict, []]);
    expect(JSON.parse(outputs.images ?? '')).toMatchObject([{ name: 'backend', verdict }]);
  });

  test('fails if one of several reports about it has a finding that is not allowed', async () => {
    const [id] = await imageIds(backend);
    const files = { 'a.json': trivy(id, 'LOW'), 'b.json': trivy(id, 'CRITICAL') };
    expect((await gating(files)).outputs.verdict).toBe('fail');
  });

  test('counts a file once that is listed twice', async () => {
    const [id] = await imageIds(backend);
    const given = { reports: 'trivy.json, ./trivy.json, *.json', images: 'gate: { max: { low: 1 } }\n' };
    const { outputs } = await gating({ 'trivy.json': trivy(id) }, given);
    expect(JSON.parse(outputs.findings ?? '')).toMatchObject([{ verdict: 'pass', counts: { low: 1 } }]);
  });

  test('is found in the folder of the command line', async () => {
    const folder = temporaryFolder();
    await makeImageSet(folder, [backend]);
    const [id] = await imageIds(backend);
    const scene = await scenario();
    const facts: typeof scanGate.facts = (inputs, session, runtime) =>
      scanGate.facts(inputs, session, { ...runtime, imageSet: folder });
    const { outputs } = await scene.play(
      { ...scanGate, facts },
      {
        files: { 'towpath.yaml': config, 'trivy.json': trivy(id) },
        given: { reports: 'trivy.json' },
        as: { credentials: {} },
      },
    );
    expect(outputs.verdict).toBe('pass');
  });

  test('accepts one that names no image, with a notice', async () => {
    const { outputs, annotations } = await gating({ 'trivy.json': trivy(undefined) });
    expect(outputs.verdict).toBe('pass');
    expect(annotations).toMatchObject([
      {
        level: 'notice',
        message: expect.stringMatching(/^trivy.json: .* It is accepted, because/) as object,
      },
    ]);
  });

  test('refuses one about another image', async () => {
    const { green, codes, annotations } = await gating({ 'trivy.json': trivy(`sha256:${'0'.repeat(64)}`) });
    expect([green, codes]).toEqual([false, ['report-invalid']]);
    expect(annotations[0]?.message).toContain('trivy.json is not about an image of this step');
  });

  test.each<{ files: Readonly<Record<string, string>>; reports: string }>([
    { files: {}, reports: '*.json' },
    { files: {}, reports: 'trivy.json' },
    { files: { 'trivy.json': '' }, reports: 'trivy.json' },
    { files: { 'trivy.json': '{}' }, reports: 'trivy.json' },
  ])('refuses a file that is missing or no report: $files', async ({ files, reports }) => {
    expect((await gating(files, { reports })).codes).toEqual(['report-invalid']);
  });
});

describe('an image set of several images and platforms', () => {
  const images = '  web: { platforms: [linux/amd64, linux/arm64] }\n';
  const imageSet = [backend, web];

  test('passes with a report for each of them', async () => {
    const ids = [...(await imageIds(backend)), ...(await imageIds(web))];
    const files = Object.fromEntries(ids.map((id, index) => [`reports/${index}.json`, trivy(id)]));
    const { outputs } = await gating(files, { reports: 'reports/*.json', imageSet, images });
    expect(outputs.verdict).toBe('pass');
  });

  test('is unknown if a platform has no report', async () => {
    const [id, amd64] = [...(await imageIds(backend)), ...(await imageIds(web))];
    const files = { 'a.json': trivy(id), 'b.json': trivy(amd64) };
    const { outputs, codes, annotations } = await gating(files, { imageSet, images });
    expect([outputs.verdict, codes]).toEqual(['unknown', ['gate-unknown']]);
    expect(annotations[0]?.message).toMatch(
      /web for linux\/arm64 .*no file of the input reports is about this/,
    );
  });

  test('refuses a report that names no image', async () => {
    const { codes, annotations } = await gating({ 'a.json': trivy(undefined) }, { imageSet, images });
    expect(codes).toEqual(['report-invalid']);
    expect(annotations[0]?.message).toMatch(/^a\.json does not say which of the 3 images and platforms/);
  });

  test('is unknown for an image that is not in the set', async () => {
    const [id] = await imageIds(backend);
    const { outputs } = await gating({ 'a.json': trivy(id) }, { images });
    expect(outputs.verdict).toBe('unknown');
  });
});

test('reports replace the scans of ECR for a published version', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/backend', 'IMMUTABLE', { scanOnPush: false });
  await scene.publish('payroll/backend', 'build-1.0.0', backend);
  const [id] = await imageIds(backend);
  const files = { 'towpath.yaml': config, 'trivy.json': trivy(id) };
  const given = { version: '1.0.0', reports: 'trivy.json' };
  const { outputs, requests } = await scene.play(scanGate, { files, given });
  expect(outputs.verdict).toBe('pass');
  expect(requests.map(({ operation }) => operation)).not.toContain('ecr:DescribeImageScanFindings');
});
