import { describe, expect, test } from '@jest/globals';
import { OutsideError } from '@towpath/errors';
import type { Digest } from '@towpath/reference';
import { attachmentTags, findAttachments, referrersTag, type AttachmentSource } from './attachments.ts';
import type { Descriptor } from './descriptor.ts';
import { Shelf } from './harness/shelf.ts';
import { scriptedServer } from './harness/scripted-server.ts';
import { maxAttachmentBytes, maxAttachmentDepth, maxAttachments } from './limits.ts';
import type { Manifest } from './manifest.ts';
import { RemoteRepository } from './remote-repository.ts';
import { readManifests } from './survey.ts';
import { Transport } from './transport.ts';

/** A repository in memory with referrers and tags. */
class Attaching extends Shelf implements AttachmentSource {
  readonly lists = new Map<Digest, Descriptor[]>();
  readonly tags = new Map<string, Descriptor>();

  referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return Promise.resolve(this.lists.get(subject) ?? []);
  }

  async tagged(tags: readonly string[]): Promise<ReadonlyMap<string, Manifest>> {
    const found = new Map<string, Manifest>();
    for (const tag of tags) {
      const descriptor = this.tags.get(tag);
      if (descriptor !== undefined) found.set(tag, await this.manifest(descriptor));
    }
    return found;
  }

  attach(name: string, subject: Descriptor): Descriptor {
    const referrer = this.referrer(name, subject);
    this.lists.set(subject.digest, [...(this.lists.get(subject.digest) ?? []), referrer]);
    return referrer;
  }

  async find(root: Descriptor) {
    return findAttachments(this, await readManifests(this, root), 'web');
  }
}

describe('the attachments of an image', () => {
  test('are found for the index, its platforms and the attachments themselves, subjects first', async () => {
    const shelf = new Attaching();
    const platform = shelf.image('amd64');
    const root = shelf.index(platform);
    const [sbom, provenance] = [shelf.attach('sbom', root), shelf.attach('provenance', platform)];
    const signature = shelf.attach('signature', sbom);
    const cosigned = shelf.image('cosign');
    shelf.tags.set(`${referrersTag(signature.digest)}.sig`, cosigned);
    const { list, manifests } = await shelf.find(root);
    const digests = manifests.map(({ digest }) => digest);
    expect(new Set(digests)).toEqual(
      new Set([sbom, provenance, signature, cosigned].map(({ digest }) => digest)),
    );
    expect(digests.indexOf(sbom.digest)).toBeLessThan(digests.indexOf(signature.digest));
    expect(list).toHaveLength(4);
  });

  test('are found once if the registry and an index under a tag list them', async () => {
    const shelf = new Attaching();
    const root = shelf.image('amd64');
    const sbom = shelf.attach('sbom', root);
    const index = shelf.index(sbom, shelf.image('unlisted'));
    shelf.tags.set(referrersTag(root.digest), index);
    const { list, manifests } = await shelf.find(root);
    expect(list.filter(({ digest }) => digest === sbom.digest)).toEqual([
      expect.not.objectContaining({ listedIn: expect.anything() as unknown }),
    ]);
    expect(list).toHaveLength(3);
    expect(manifests).toHaveLength(3);
  });

  test('are not read again if the index of the image lists them too', async () => {
    const shelf = new Attaching();
    const platform = shelf.image('amd64');
    const inside = shelf.referrer('provenance', platform);
    shelf.lists.set(platform.digest, [inside]);
    const { list, manifests } = await shelf.find(shelf.index(platform, inside));
    expect(list.map(({ digest }) => digest)).toEqual([inside.digest]);
    expect(manifests).toEqual([]);
  });

  test('have the tags of the OCI tag scheme and of cosign', () => {
    const digest = `sha256:${'a'.repeat(64)}` as Digest;
    const tag = `sha256-${'a'.repeat(64)}`;
    expect(attachmentTags(digest)).toEqual([tag, `${tag}.sig`, `${tag}.att`, `${tag}.sbom`]);
  });

  test('that are listed but cannot be read are an error', async () => {
    const shelf = new Attaching();
    const root = shelf.image('amd64');
    const lost = shelf.attach('sbom', root);
    const read = shelf.manifest.bind(shelf);
    shelf.manifest = (descriptor) => {
      if (descriptor.digest !== lost.digest) return read(descriptor);
      throw new OutsideError('image-missing', 'it was archived', { operation: 'ecr:BatchGetImage' });
    };
    await expect(shelf.find(root)).rejects.toMatchObject({
      code: 'image-missing',
      message: expect.stringContaining(`${lost.digest} of image web (about ${root.digest})`) as unknown,
      hint: expect.stringContaining('attestations: skip') as unknown,
      operation: 'ecr:BatchGetImage',
    });
  });

  test.each([
    {
      name: `more than ${maxAttachments}`,
      attach: (shelf: Attaching, root: Descriptor) => {
        for (let count = 0; count <= maxAttachments; count += 1) shelf.attach(`${count}`, root);
      },
    },
    {
      name: `more than ${maxAttachmentDepth} levels`,
      attach: (shelf: Attaching, root: Descriptor) => {
        let subject = root;
        for (let depth = 0; depth <= maxAttachmentDepth; depth += 1)
          subject = shelf.attach(`${depth}`, subject);
      },
    },
    {
      name: `more than ${maxAttachmentBytes} bytes`,
      attach: (shelf: Attaching, root: Descriptor) => {
        const layer = { ...shelf.blobOf('large'), size: maxAttachmentBytes + 1 };
        shelf.lists.set(root.digest, [shelf.image('large', layer)]);
      },
    },
  ])('are rejected if there are $name', async ({ attach }) => {
    const shelf = new Attaching();
    const root = shelf.image('amd64');
    attach(shelf, root);
    await expect(shelf.find(root)).rejects.toMatchObject({ code: 'image-unsupported' });
  });
});

describe('a registry that receives a request for referrers', () => {
  const subject = `sha256:${'a'.repeat(64)}` as Digest;
  const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 2 };
  const index = { schemaVersion: 2, manifests: [entry] };
  const ofIndex = { 'content-type': 'application/vnd.oci.image.index.v1+json' };

  test.each([
    { name: 'answers 404', status: 404, headers: {}, body: {}, expected: undefined },
    { name: 'answers 400', status: 400, headers: {}, body: {}, expected: undefined },
    { name: 'answers every path with a page', status: 200, headers: {}, body: 'hello', expected: undefined },
    { name: 'lists them', status: 200, headers: ofIndex, body: index, expected: [subject] },
    {
      name: 'lists none',
      status: 200,
      headers: ofIndex,
      body: { schemaVersion: 2, manifests: [] },
      expected: [],
    },
  ])('$name', async ({ status, headers, body, expected }) => {
    await using server = await scriptedServer((_, response) => {
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
    const found = await repositoryAt(server.url).referrers(subject);
    expect(found?.map(({ digest }) => digest)).toEqual(expected);
  });

  test.each([401, 403])('may refuse with %i, which is an error', async (status) => {
    await using server = await scriptedServer((_, response) => {
      response.writeHead(status).end();
    });
    await expect(repositoryAt(server.url).referrers(subject)).rejects.toMatchObject({
      code: 'access-denied',
    });
  });

  test('is abandoned if its pages bring nothing new', async () => {
    await using server = await scriptedServer((_, response) => {
      const link = `</v2/app/referrers/${subject}?last=x>; rel="next"`;
      response.writeHead(200, { ...ofIndex, link }).end(JSON.stringify(index));
    });
    await expect(repositoryAt(server.url).referrers(subject)).rejects.toMatchObject({
      code: 'outside-failed',
    });
  });
});

function repositoryAt(url: string): RemoteRepository {
  const host = 'registry.example';
  const transport = new Transport({
    authorize: () => Promise.resolve(undefined),
    endpoints: new Map([[host, new URL(url)]]),
    env: {},
  });
  return new RemoteRepository(transport, { clock: { sleep: () => Promise.resolve() } }, host, 'app');
}
