import type { Digest } from '@towpath/reference';
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { DataFolder } from '../store/data-folder.ts';
import { Exclusive } from '../store/exclusive.ts';
import { Refusal } from '../refusal.ts';
import type { Repository } from './repository.ts';
import { uploadNotFound } from './exceptions.ts';

const mebibyte = 1024 * 1024;

/** Every part but the last is at least this long (ECR API, UploadLayerPart; dotnet/sdk-container-builds#424). */
export const minPartSize = 5 * mebibyte;

/** What InitiateLayerUpload recommends. */
export const partSize = 10 * mebibyte;

/** What an upload must be to become a layer. */
export interface UploadRules {
  /** Of every part but the last, in bytes. */
  readonly minPartSize: number;
  readonly allowsEmpty: boolean;
}

/** A layer on its way into a repository. */
export interface Upload {
  readonly id: string;
  readonly repository: Repository;
  /** Bytes received. All of them count, also those of a part that broke off. */
  readonly size: number;
  /** Size of each part, in order. */
  readonly parts: readonly number[];
}

interface Session extends Upload {
  size: number;
  parts: number[];
  readonly file: string;
  /** Fed as the bytes arrive: no byte is read again. */
  readonly hash: Hash;
  readonly exclusive: Exclusive;
}

/** The uploads of a registry. They do not outlive the process, as ECR's do not outlive a day. */
export class Uploads {
  readonly #data: DataFolder;
  readonly #rules: UploadRules;
  readonly #sessions = new Map<string, Session>();

  constructor(data: DataFolder, rules: UploadRules) {
    this.#data = data;
    this.#rules = rules;
  }

  async start(repository: Repository): Promise<Upload> {
    const file = this.#data.temporaryFile();
    await (await open(file, 'wx')).close();
    const session: Session = {
      id: randomUUID(),
      repository,
      size: 0,
      parts: [],
      file,
      hash: createHash('sha256'),
      exclusive: new Exclusive(),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** @throws Refusal UploadNotFoundException */
  find(id: string, repository: Repository): Upload {
    return this.#session(id, repository);
  }

  /**
   * Adds a part.
   *
   * @param first where the part starts in the layer
   * @throws Refusal InvalidLayerPartException when that is not where the upload ends
   */
  async append(
    id: string,
    repository: Repository,
    first: number,
    bytes: AsyncIterable<Buffer>,
  ): Promise<Upload> {
    const session = this.#session(id, repository);
    return session.exclusive.run(async () => {
      if (first !== session.size) {
        // The message is ECR's (apple/containerization#790).
        throw new Refusal(
          'InvalidLayerPartException',
          `First byte of the layer part is ${first} instead of ${session.size}`,
          {
            registryId: repository.location.account,
            repositoryName: repository.name,
            uploadId: id,
            lastValidByteReceived: session.size - 1,
          },
        );
      }
      const before = session.size;
      const handle = await open(session.file, 'a');
      try {
        for await (const chunk of bytes) {
          await handle.writeFile(chunk);
          session.hash.update(chunk);
          session.size += chunk.length;
        }
      } finally {
        if (session.size > before) session.parts.push(session.size - before);
        await handle.close();
      }
      return session;
    });
  }

  /**
   * Makes the upload a layer of its repository, on the disk.
   *
   * @throws Refusal when there are no bytes, a part is too small, or the digest is another
   */
  async complete(id: string, repository: Repository, digests: readonly string[]): Promise<Digest> {
    const session = this.#session(id, repository);
    return session.exclusive.run(async () => {
      if (session.size === 0 && !this.#rules.allowsEmpty) {
        throw new Refusal(
          'EmptyUploadException',
          `The upload with id '${id}' in the repository with name '${repository.name}' does not contain any layer parts`,
        );
      }
      if (session.parts.slice(0, -1).some((size) => size < this.#rules.minPartSize)) {
        throw new Refusal(
          'LayerPartTooSmallException',
          'All layer parts except the last part should be at least 5MB',
        );
      }
      this.#sessions.delete(id);
      try {
        const digest = `sha256:${session.hash.digest('hex')}` as Digest;
        if (!digests.includes(digest)) {
          throw new Refusal(
            'InvalidLayerException',
            'None of the provided layer digests match the calculated layer digest',
          );
        }
        await syncFile(session.file);
        await repository.adoptLayer(digest, session.file);
        return digest;
      } finally {
        await rm(session.file, { force: true });
      }
    });
  }

  async cancel(id: string, repository: Repository): Promise<void> {
    const session = this.#session(id, repository);
    this.#sessions.delete(id);
    await rm(session.file, { force: true });
  }

  #session(id: string, repository: Repository): Session {
    const session = this.#sessions.get(id);
    if (session?.repository !== repository) {
      throw uploadNotFound(id, repository.name, repository.location.account);
    }
    return session;
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
