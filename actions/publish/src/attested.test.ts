import { describe, expect, test } from '@jest/globals';
import { attestationType } from '@towpath/oci';
import { parseDigest } from '@towpath/reference';
import { attach, type ImageDraft, type Scenario } from '@towpath/testing';
import { backend, publishing, team, web, writes } from './harness/team.ts';

/** Returns the artifact types of the referrers of the platforms of web. */
async function referrersOfWeb({ shared }: Scenario): Promise<readonly string[]> {
  const digests = await shared.untaggedDigests('payroll/web');
  return (await Promise.all(digests.map((digest) => shared.referrers('payroll/web', digest)))).flat();
}

test('publishes attestations as referrers of their image', async () => {
  const scene = await team();
  const { green } = await publishing(scene, { imageSet: [backend, { ...web, attested: true }] });
  expect(green).toBe(true);
  expect(await referrersOfWeb(scene)).toEqual([
    'application/vnd.docker.attestation.manifest.v1+json',
    'application/vnd.docker.attestation.manifest.v1+json',
  ]);
  expect(writes(await publishing(scene, { imageSet: [backend, { ...web, attested: true }] }))).toEqual([]);
});

describe('the attestations of a second build of the same image', () => {
  const first = 'https://github.com/acme/payroll/actions/runs/41';
  const second = 'https://github.com/acme/payroll/actions/runs/42';
  const by = (run: string, predicates?: readonly string[]): readonly ImageDraft[] => [
    backend,
    { ...web, attested: { run, predicates } },
  ];

  test('are not published next to existing ones, and the summary reports it', async () => {
    const scene = await team();
    await publishing(scene, { imageSet: by(first) });
    const again = await publishing(scene, { imageSet: by(second) });
    expect(again.green).toBe(true);
    expect(writes(again)).toEqual([]);
    expect(again.summaries.join()).toMatch(/attestations of web were kept/);
    expect(await referrersOfWeb(scene)).toHaveLength(2);
  });

  test('are published if someone attached a manifest that cannot be read', async () => {
    const scene = await team();
    await publishing(scene, { imageSet: [backend, web] });
    for (const subject of await scene.shared.untaggedDigests('payroll/web')) {
      const draft = { subject: parseDigest(subject), artifactType: attestationType, content: '{}' };
      const { digest, mediaType } = await attach(scene.shared, 'payroll/web', draft);
      const text = await scene.shared.manifestText('payroll/web', digest);
      const twice = Buffer.from(text.replace('{', '{"Config":{},'));
      await scene.shared.putManifest('payroll/web', twice, mediaType);
    }
    const { codes } = await publishing(scene, { imageSet: by(first) });
    expect([codes, (await referrersOfWeb(scene)).length]).toEqual([[], 6]);
  });

  test('cost one request for each platform and one for the repository', async () => {
    const scene = await team();
    await scene.shared.createRepository('payroll/towpath');
    await publishing(scene, { imageSet: by(first) });
    const { requests } = await publishing(scene, { imageSet: by(second) });
    expect(requests.map(({ operation }) => operation).sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'ecr:BatchGetImage'),
      'ecr:DescribeRepositories',
      'ecr:ListImageReferrers',
      'ecr:ListImageReferrers',
    ]);
  });

  test('are published if their kind is new', async () => {
    const scene = await team();
    const kinds = ['https://slsa.dev/provenance/v1', 'https://spdx.dev/Document'];
    await publishing(scene, { imageSet: by(first) });
    const { green } = await publishing(scene, { imageSet: by(second, kinds) });
    expect(green).toBe(true);
    expect(await referrersOfWeb(scene)).toHaveLength(4);
  });

  test('name the run that built a conflicting image if the ledger does not', async () => {
    const scene = await team();
    await publishing(scene, { imageSet: by(first) });
    const imageSet = [backend, { ...web, content: 'changed', attested: { run: second } }];
    const { codes, annotations } = await publishing(scene, { imageSet });
    expect(codes).toEqual(['tag-conflict']);
    expect(annotations[0]?.message).toContain(`It was built by ${first}, as its provenance says.`);
  });

  test('leave the run unknown without provenance, and the message recommends a ledger', async () => {
    const scene = await team();
    await publishing(scene);
    const { annotations } = await publishing(scene, { imageSet: [{ ...backend, content: 'changed' }, web] });
    expect(annotations[0]?.message).toMatch(
      /there is no ledger, and it has no provenance.*create-repository: true/,
    );
  });
});
