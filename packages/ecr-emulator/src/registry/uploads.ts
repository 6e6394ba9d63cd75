import type { Digest } from '@towpath/reference';
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { DataFolder } from '../store/data-folder.ts';
import { Exclusive } from '../store/exclusive.ts';
import { Refusal } from '../refusal.ts';
import type { Repository } from './repository.ts';
import { uploadNotFound } from './exceptions.ts';

const mebibyte = 1024 * 1024;

/** The minimum size of every part but the last (ECR API, UploadLayerPart; dotnet/sdk-container-builds#424). */
export const minPartSize = 5 * mebibyte;

/** The part size that InitiateLayerUpload recommends. */
export const partSize = 10 * mebibyte;

/** The requirements for completing an upload. */
export interface UploadRules {
  /** The minimum size of every part but the last, in bytes. */
  readonly minPartSize: number;
  readonly allowsEmpty: boolean;
}

/** The upload of a layer to a repository. */
export interface Upload {
  readonly id: string;
  readonly repository: Repository;
  /** The number of received bytes, including those of interrupted parts. */
  readonly size: number;
  /** The size of each part, in order. */
  readonly parts: readonly number[];
}

interface Session extends Upload {
  size: number;
  parts: number[];
  readonly file: string;
  /** Updated while bytes arrive, so that the file need not be read again. */
  readonly hash: Hash;
  readonly exclusive: Exclusive;
}

/** The uploads of a registry. They end with the process. In ECR they expire after a day. */
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
   * @param first the position of the part in the layer
   * @throws Refusal InvalidLayerPartException if it is not the end of the upload
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
        // ECR's message (apple/containerization#790).
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
   * Completes an upload: stores it as a layer of its repository.
   *
   * @throws Refusal if the upload is empty, a part is too small, or the digest does not match
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
        await this.#data.sync(session.file);
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
