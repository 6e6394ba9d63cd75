import { describe, expect, test } from '@jest/globals';
import { parseDigest } from '@towpath/reference';
import { attach, type Scenario } from '@towpath/testing';
import { gate, type GateEnding } from './harness/gate.ts';
import { basicFindings, team } from './harness/team.ts';

const artifactType = 'application/vnd.openvex+json';

/** Returns a document that says that an image is not affected by the finding of {@link basicFindings}. */
function notAffected(product: string): string {
  return JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    timestamp: '2026-01-01T00:00:00Z',
    statements: [
      {
        vulnerability: 'CVE-2026-1000',
        products: [product],
        status: 'not_affected',
        justification: 'vulnerable_code_not_in_execute_path',
      },
    ],
  });
}

/** Gates `web:v1`, which has a critical finding and an attached artifact. */
async function gateWith(
  draft: (digest: string) => { readonly content: string; readonly artifactType?: string },
  attachedVex = true,
): Promise<GateEnding> {
  const scene: Scenario = await team();
  scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL') } });
  const digest = (await scene.shared.digestOf('web', 'v1')) ?? '';
  await attach(scene.shared, 'web', { subject: parseDigest(digest), artifactType, ...draft(digest) });
  return gate(scene, { images: { web: [] }, policy: { attachedVex } });
}

const forImage = (digest: string) => ({ content: notAffected(`pkg:oci/web@${digest.replace(':', '%3A')}`) });

describe('an attached OpenVEX document', () => {
  test('accepts the findings of its image if attached-vex is true', async () => {
    const { images } = await gateWith(forImage);
    expect(images[0]?.verdict).toBe('pass');
    expect(images[0]?.subjects[0]?.judgement.accepted).toMatchObject([{ by: 'vex' }]);
  });

  test('accepts nothing without attached-vex', async () => {
    const { images, requests } = await gateWith(forImage, false);
    expect(images[0]?.verdict).toBe('fail');
    expect(requests.map(({ operation }) => operation)).not.toContain('ecr:ListImageReferrers');
  });

  test('accepts nothing for another image', async () => {
    const other = () => ({ content: notAffected(`pkg:oci/web@sha256%3A${'0'.repeat(64)}`) });
    expect((await gateWith(other)).images[0]?.verdict).toBe('fail');
  });

  test('of another artifact type is not read', async () => {
    const sbom = (digest: string) => ({ ...forImage(digest), artifactType: 'application/spdx+json' });
    expect((await gateWith(sbom)).images[0]?.verdict).toBe('fail');
  });

  test.each(['{', '{}', 'null', notAffected('').slice(0, -20)])(
    'that is invalid (%s) is ignored with a warning',
    async (content) => {
      const { images, annotations } = await gateWith(() => ({ content }));
      expect(images[0]?.verdict).toBe('fail');
      expect(annotations.map(({ message }) => message).join()).toContain(
        'An OpenVEX document that is attached to web is invalid and was ignored.',
      );
    },
  );

  test('that is larger than 8 MiB is ignored with a warning', async () => {
    const content = `${notAffected('pkg:oci/web')}${' '.repeat(8 * 2 ** 20)}`;
    const { images, annotations } = await gateWith(() => ({ content }));
    expect(images[0]?.verdict).toBe('fail');
    expect(annotations.map(({ message }) => message).join()).toMatch(/was ignored\. .* of more than 8388608/);
  });

  test('whose manifest cannot be read is ignored with a warning', async () => {
    const scene = await team();
    const subject = parseDigest((await scene.shared.digestOf('web', 'v1')) ?? '');
    const { digest, mediaType } = await attach(scene.shared, 'web', { subject, artifactType, content: '{}' });
    const text = await scene.shared.manifestText('web', digest);
    await scene.shared.putManifest('web', Buffer.from(text.replace('{', '{"Config":{},')), mediaType);
    const { codes, annotations } = await gate(scene, {
      images: { web: [] },
      policy: { attachedVex: true },
    });
    expect(codes).not.toContain('image-unsupported');
    expect(annotations.map(({ message }) => message).join()).toMatch(/ignored\. Towpath cannot read sha256:/);
  });

  test('does not count if there are more than 20 of them', async () => {
    const scene = await team();
    scene.emulator.addFindings({ 'web:v1': { findings: basicFindings('CRITICAL') } });
    const subject = parseDigest((await scene.shared.digestOf('web', 'v1')) ?? '');
    for (let index = 0; index <= 20; index += 1)
      await attach(scene.shared, 'web', {
        subject,
        artifactType,
        content: notAffected('pkg:oci/web').replace('{', `{"@id":"https://a.example/${index}",`),
      });
    const { images, annotations } = await gate(scene, {
      images: { web: [] },
      policy: { attachedVex: true },
    });
    expect(images[0]?.verdict).toBe('fail');
    expect(annotations.map(({ message }) => message).join()).toMatch(
      /Image web has 21 attached OpenVEX documents in .*\/web\. .* none of them counts/,
    );
  });
});
