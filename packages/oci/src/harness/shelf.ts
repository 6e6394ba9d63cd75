import { digestOf, type Digest } from '@towpath/reference';
import { Readable } from 'node:stream';
import { mediaTypes, type Descriptor } from '../descriptor.ts';
import { parseManifest, type Manifest } from '../manifest.ts';
import type { ContentSource, Presence } from '../survey.ts';

/** Content in memory that counts how often it is read. */
export class Shelf implements ContentSource {
  readonly reads: string[] = [];
  readonly #bytes = new Map<Digest, Buffer>();

  blobOf(content: string, mediaType = 'application/vnd.oci.image.layer.v1.tar'): Descriptor {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    this.#bytes.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  image(name: string, ...layers: readonly Descriptor[]): Descriptor {
    const config = this.blobOf(`config of ${name}`);
    return this.#put({ mediaType: mediaTypes.ociManifest, config, layers });
  }

  index(...manifests: readonly Descriptor[]): Descriptor {
    return this.#put({ mediaType: mediaTypes.ociIndex, manifests });
  }

  /** Adds a manifest that refers to an image. */
  referrer(name: string, subject: Descriptor): Descriptor {
    const config = this.blobOf(`config of ${name}`);
    return this.#put({ mediaType: mediaTypes.ociManifest, config, layers: [], subject });
  }

  manifest({ digest, mediaType }: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<Manifest> {
    this.reads.push(digest);
    return Promise.resolve(parseManifest(this.#bytes.get(digest) ?? Buffer.alloc(0), mediaType));
  }

  blob({ digest }: Descriptor): Promise<Readable> {
    return Promise.resolve(Readable.from([this.#bytes.get(digest)]));
  }

  /** Adds a manifest with this content. */
  manifestOf(content: Readonly<Record<string, unknown>>): Descriptor {
    return this.#put({ mediaType: mediaTypes.ociManifest, ...content });
  }

  #put(content: Readonly<Record<string, unknown>> & { readonly mediaType: string }): Descriptor {
    return this.blobOf(JSON.stringify({ schemaVersion: 2, ...content }), content.mediaType);
  }
}

/** Returns a target with this content that records the requested digests. */
export function presence(
  ...has: readonly Descriptor[]
): Presence & { readonly asked: (readonly Digest[])[] } {
  const digests = new Set(has.map(({ digest }) => digest));
  const asked: (readonly Digest[])[] = [];
  const found = (some: readonly Digest[]) => Promise.resolve(new Set(some.filter((one) => digests.has(one))));
  return {
    asked,
    manifests: found,
    blobs: (some) => {
      asked.push(some);
      return found(some);
    },
  };
}
