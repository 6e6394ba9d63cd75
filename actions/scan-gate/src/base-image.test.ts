import { describe, expect, test } from '@jest/globals';
import { digestOf, parseDigest } from '@towpath/reference';
import { attach, scenario, type Ending, type Scenario } from '@towpath/testing';
import { scanGate } from './action.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const config = `
registry: ${host}/payroll
images: { web: {} }
gate: { fail-on: high, base: { fail-on: critical } }
`;
/** The layers of the base image, in the form of {@link ImageDraft.below}. */
const below = ['debian', 'node for linux/amd64'];

/** Publishes `web` on a base image. Each of its layers has a high finding. */
async function team(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  await scene.shared.createRepository('mirror/node', 'MUTABLE');
  await scene.shared.configureScanning('ENHANCED', 'CONTINUOUS_SCAN');
  await scene.publish('mirror/node', '22', { name: 'node', below: ['debian'] });
  await scene.publish('payroll/web', 'build-1.0.0', { name: 'web', below });
  const enhancedFindings = [...below, 'web for linux/amd64'].map((content, index) => ({
    severity: 'HIGH',
    fixAvailable: 'NO',
    packageVulnerabilityDetails: {
      vulnerabilityId: `CVE-2026-${index}`,
      vulnerablePackages: [
        { name: `lib${index}`, version: '1.0', packageManager: 'OS', sourceLayerHash: digestOf(content) },
      ],
    },
  }));
  scene.emulator.addFindings({ 'build-1.0.0': { enhancedFindings } });
  return scene;
}

function gating(scene: Scenario, dockerfile: string, yaml = config): Promise<Ending> {
  return scene.play(scanGate, {
    files: { 'towpath.yaml': yaml, ...(dockerfile !== '' && { Dockerfile: dockerfile }) },
    given: { version: '1.0.0' },
  });
}

/** Returns the ids that fail, in the only problem of the step. */
function failing({ outputs }: Ending): readonly string[] {
  const [{ message = '' } = {}] = JSON.parse(outputs.problems ?? '[]') as { message?: string }[];
  return message.match(/CVE-\d+-\d+/g) ?? [];
}

/** Returns the summary without the escapes of Markdown. */
function plain({ summaries }: Ending): string {
  return summaries.join().replaceAll('\\', '');
}

const all = ['CVE-2026-0', 'CVE-2026-1', 'CVE-2026-2'];
const onlyApplication = ['CVE-2026-2'];

describe('the rules of the base image', () => {
  test.each([
    { name: 'by the tag of the FROM line', dockerfile: `FROM ${host}/mirror/node:22` },
    {
      name: 'below another stage, with an argument',
      dockerfile: `ARG V=22\nFROM ${host}/mirror/node:$V AS base\nRUN a\nFROM other AS x\nFROM base\nCOPY --from=x / /\n`,
    },
  ])('apply to the layers of the base image, which is found $name', async ({ dockerfile }) => {
    const ending = await gating(await team(), dockerfile);
    expect(failing(ending)).toEqual(onlyApplication);
    expect(ending.summaries.join()).not.toContain('layers of the base image are unknown');
  });

  test('apply to a base image that a pull-through cache has', async () => {
    const scene = await team();
    await scene.shared.pullThrough('mirror', 'registry-1.docker.io', 'team');
    const yaml = `${config}pull-through: { docker.io: ${host}/mirror }\n`;
    expect(failing(await gating(scene, 'FROM team/node:22', yaml))).toEqual(onlyApplication);
  });

  test('apply to the digest in the FROM line, although the tag moved', async () => {
    const scene = await team();
    const digest = (await scene.shared.digestOf('mirror/node', '22')) ?? '';
    await scene.publish('mirror/node', '22', { name: 'node', below: ['newer debian'] });
    expect(failing(await gating(scene, `FROM ${host}/mirror/node:22@${digest}`))).toEqual(onlyApplication);
  });

  test('apply to the digest in the provenance, although the tag moved', async () => {
    const scene = await team();
    const base = (await scene.shared.digestOf('mirror/node', '22')) ?? '';
    await scene.publish('mirror/node', '22', { name: 'node', below: ['newer debian'] });
    const dockerfile = `FROM ${host}/mirror/node:22`;
    const without = await gating(scene, dockerfile);
    expect(failing(without)).toEqual(all);
    expect(plain(without)).toContain('Write the digest of its base image into Dockerfile:1.');

    const subject = parseDigest((await scene.shared.digestOf('payroll/web', 'build-1.0.0')) ?? '');
    const uri = `pkg:docker/${host}/mirror/node@22?platform=linux%2Famd64`;
    const materials = [
      { uri: 'https://github.com/acme/web', digest: { sha1: 'x' } },
      { uri, digest: { sha256: base.slice(7) } },
    ];
    await attach(scene.shared, 'payroll/web', {
      subject,
      artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
      annotations: [{ 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' }],
      content: JSON.stringify({ predicate: { materials } }),
    });
    expect(failing(await gating(scene, dockerfile))).toEqual(onlyApplication);
  });

  test('do not apply to a digest that the provenance claims and the base repository does not have', async () => {
    const scene = await team();
    await scene.shared.createRepository('mirror/other');
    await scene.publish('mirror/other', 'all', { name: 'web', below });
    await scene.publish('mirror/node', '22', { name: 'node', below: ['newer debian'] });
    const [subject, claim] = [
      (await scene.shared.digestOf('payroll/web', 'build-1.0.0')) ?? '',
      (await scene.shared.digestOf('mirror/other', 'all')) ?? '',
    ];
    const uri = `pkg:docker/${host}/mirror/node@22`;
    await attach(scene.shared, 'payroll/web', {
      subject: parseDigest(subject),
      artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
      annotations: [{ 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' }],
      content: JSON.stringify({
        predicate: {
          buildDefinition: { resolvedDependencies: [{ uri, digest: { sha256: claim.slice(7) } }] },
        },
      }),
    });
    expect(failing(await gating(scene, `FROM ${host}/mirror/node:22`))).toEqual(all);
  });

  test('do not apply to an image without a base image', async () => {
    const ending = await gating(await team(), 'FROM scratch');
    expect(failing(ending)).toEqual(all);
    expect(ending.summaries.join()).not.toContain('layers of the base image are unknown');
  });

  test.each([
    { name: 'the checkout has no Dockerfile', dockerfile: '', why: 'Dockerfile cannot be read' },
    {
      name: 'the base image does not exist',
      dockerfile: `FROM ${host}/mirror/nod:22`,
      why: 'layers of the base image are unknown: ',
    },
    {
      name: 'the tag names another image now',
      dockerfile: `FROM ${host}/payroll/web:build-2.0.0`,
      why: `the lowest layers of web are not those of ${host}/payroll/web:build-2.0.0`,
    },
    {
      name: 'an argument is missing',
      dockerfile: 'ARG V\nFROM $V',
      why: 'an argument replaces the base image in Dockerfile:2',
    },
  ])('and those of the application apply to all findings if $name', async ({ dockerfile, why }) => {
    const scene = await team();
    await scene.publish('payroll/web', 'build-2.0.0', { name: 'web', below: ['other'] });
    const ending = await gating(scene, dockerfile);
    expect(failing(ending)).toEqual(all);
    expect(plain(ending)).toContain(why);
  });

  test('and those of the application apply to basic scanning, which names no layers', async () => {
    const scene = await team();
    await scene.shared.configureScanning('BASIC', 'SCAN_ON_PUSH');
    scene.emulator.addFindings({ 'build-1.0.0': { findings: [{ name: 'CVE-2026-0', severity: 'HIGH' }] } });
    const ending = await gating(scene, `FROM ${host}/mirror/node:22`);
    expect(failing(ending)).toEqual(['CVE-2026-0']);
    expect(ending.summaries.join()).toContain('1 finding names no layer of the image');
  });
});

test('base images are not read without rules for them', async () => {
  const withRules = await gating(await team(), `FROM ${host}/mirror/node:22`);
  const { requests } = await gating(
    await team(),
    `FROM ${host}/mirror/node:22`,
    config.replace(/, base.*?\}/, ''),
  );
  expect(withRules.requests.map(({ plane }) => plane)).toContain('registry');
  expect(requests.map(({ plane }) => plane)).not.toContain('registry');
});
