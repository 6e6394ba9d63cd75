import { dockerArchive, Layout } from '@towpath/oci';
import { Account, startEmulator, type EmulatorProcess } from '@towpath/stage';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeGiant, makeServices, type BenchImages } from './images.ts';
import { compare, measure, measureRequests, type Command, type Contender, type Measure } from './measure.ts';

const account = '111122223333';
const bundle = fileURLToPath(new URL('../../actions/publish/dist/index.js', import.meta.url));

/** How far away the registry is: what a runner and ECR in one region have, roughly. */
const line = { kind: 'slow', latencyMs: 20, times: 0 } as const;

/** Publishing 8 images that share their bases, and publishing them again. */
export async function benchPublish(rounds: number): Promise<void> {
  await inRing({}, async (ring, folder) => {
    const services = await makeServices(join(folder, 'services'), 8, { base: 12, runtime: 4, app: 1 });
    await compare(
      'Publish 8 images with shared base layers',
      await ring.contenders(services, 'apart'),
      rounds,
    );
    await ring.owner.allowMounting();
    await compare(
      'Publish 8 images with shared base layers, with BLOB_MOUNTING enabled',
      await ring.contenders(services, 'mounting'),
      rounds,
    );
    // Into the repositories of the last round.
    await compare('Publish the same 8 images again', await ring.contenders(services, 'mounting', 0), rounds);
  });
}

/** Publishing 8 images with two tags each, as `publish` sets them: 16 PutImage, of which ECR accepts 10 a second. */
export async function benchPublishTags(rounds: number): Promise<void> {
  await inRing({ quotas: true }, async (ring, folder) => {
    const services = await makeServices(join(folder, 'services'), 8, { base: 12, runtime: 4, app: 1 });
    await compare(
      'Publish 8 images with two tags each, 10 PutImage a second',
      ring.twice(services, 'tags'),
      rounds,
    );
  });
}

/** Publishing 100 images: one PutImage for each manifest and one for each tag, of which ECR accepts 10 a second. */
export async function benchPublishMany(): Promise<void> {
  await inRing({ quotas: true }, async (ring, folder) => {
    const services = await makeServices(join(folder, 'services'), 100, { base: 1, runtime: 1, app: 0.01 });
    const [ours] = await ring.contenders(services, 'many');
    if (ours === undefined) return;
    await compare('Publish 100 images, 200 PutImage at 10 a second', [ours], 1);
    // The requests to open uploads that are under way together can be throttled together, but only once.
    const throttled = await ring.throttled();
    if (throttled > 24) throw new Error(`ECR throttled ${throttled} requests`);
  });
}

/** Publishing an image with a layer of 2 GiB next to others, and one of 5 GiB for its memory. */
export async function benchPublishGiant(rounds: number): Promise<void> {
  await inRing({}, async (ring, folder) => {
    await ring.slow(false);
    const giant = await makeGiant(join(folder, '2'), 2 * 1024);
    await compare(
      'Publish a layer of 2 GiB, without network delay',
      await ring.contenders(giant, 'giant'),
      rounds,
    );
    const larger = await makeGiant(join(folder, '5'), 5 * 1024);
    const [ours] = await ring.contenders(larger, 'larger');
    if (ours !== undefined) await compare('Publish a layer of 5 GiB, without network delay', [ours], 1);
  });
}

async function inRing(
  options: { readonly quotas?: boolean },
  act: (ring: Ring, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  const emulator = await startEmulator({ data: join(folder, 'ecr'), accounts: [account], ...options });
  try {
    await act(await Ring.open(emulator, folder), folder);
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where contenders meet: a registry that counts, and what each needs to enter it. */
class Ring {
  readonly owner: Account;
  readonly #emulator: EmulatorProcess;
  readonly #folder: string;
  readonly #host: string;
  readonly #login: string;

  private constructor(emulator: EmulatorProcess, folder: string, owner: Account, login: string) {
    this.owner = owner;
    this.#emulator = emulator;
    this.#folder = folder;
    this.#host = new URL(emulator.registries[0]?.url ?? '').host;
    this.#login = login;
  }

  static async open(emulator: EmulatorProcess, folder: string): Promise<Ring> {
    const owner = new Account(account, emulator.api);
    const ring = new Ring(emulator, folder, owner, await owner.login());
    await ring.slow(true);
    return ring;
  }

  async slow(on: boolean): Promise<void> {
    const url = `${this.#emulator.api}/_emulator/faults`;
    await fetch(url, on ? { method: 'POST', body: JSON.stringify(line) } : { method: 'DELETE' });
  }

  /** The number of requests of the last run that ECR throttled. */
  async throttled(): Promise<number> {
    const requests = await this.#emulator.requests();
    return requests.filter(({ status, error }) => status === 429 || error === 'ThrottlingException').length;
  }

  /**
   * Everybody who can publish these.
   *
   * @param round of which the repositories are used again; by default each round has new ones
   */
  async contenders(images: BenchImages, name: string, round?: number): Promise<readonly Contender[]> {
    const others: [string, (images: BenchImages, prefix: string) => Promise<Command[]>, boolean][] = [
      ['skopeo copy', this.#skopeo, false],
      ['skopeo copy, all at once', this.#skopeo, true],
      ['crane push', this.#crane, false],
      ['crane push, all at once', this.#crane, true],
      ['regctl image copy', this.#regctl, false],
      ['regctl image copy, all at once', this.#regctl, true],
      ['docker push', this.#docker, false],
      ['docker push, all at once', this.#docker, true],
    ];
    const found = others.map(async ([contender, commands, atOnce]): Promise<Contender> => {
      const program = contender.split(' ')[0] ?? '';
      const isThere = await promisify(execFile)(program, [
        program === 'crane' || program === 'regctl' ? 'version' : '--version',
      ]).then(
        () => (program === 'docker' ? canDockerLoad(images) : true),
        () => false,
      );
      const run = (index: number) =>
        this.#counted(
          images,
          `${name}/${contender.replace(/[ ,]+/g, '-')}-${round ?? index}`,
          async (prefix) => {
            const prepared = await commands.call(this, images, prefix);
            return () => measure(prepared, atOnce && images.images.length > 1);
          },
        );
      return { name: contender, run: isThere ? run : undefined };
    });
    const ours: Contender = {
      name: 'towpath publish',
      run: (index) =>
        this.#counted(images, `${name}/towpath-${round ?? index}`, async (prefix) => {
          const command = await this.#towpath(images, prefix);
          return () => measure([command]);
        }),
    };
    return [ours, ...(await Promise.all(found))];
  }

  /** Those that set the tag of the fingerprint, too: `publish` does, and others call it `fp`. */
  twice(images: BenchImages, name: string): readonly Contender[] {
    const all: [string, (prefix: string) => Promise<readonly Command[]>][] = [
      ['towpath publish', async (prefix) => [await this.#towpath(images, prefix)]],
      ['crane push and tag, all at once', (prefix) => this.#craneTwice(images, prefix)],
      ['regctl image copy twice, all at once', (prefix) => this.#regctlTwice(images, prefix)],
    ];
    return all.map(([contender, commands]) => ({
      name: contender,
      run: (index) =>
        this.#counted(images, `${name}/${contender.replace(/[ ,]+/g, '-')}-${index}`, async (prefix) => {
          const prepared = await commands(prefix);
          // The quota of the contender before is full again.
          await setTimeout(1000);
          return () => measure(prepared, true);
        }),
    }));
  }

  /** @throws Error when an image is not where it should be afterwards */
  async #counted(
    { images }: BenchImages,
    prefix: string,
    prepare: (prefix: string) => Promise<() => Promise<Measure>>,
  ): Promise<Measure> {
    const isNew = (await this.owner.repository(`${prefix}/${images[0]?.name ?? ''}`)) === undefined;
    if (isNew)
      for (const { name } of images)
        await this.owner.createRepository(`${prefix}/${name}`, 'MUTABLE', { scanOnPush: false });
    const act = await prepare(prefix);
    const measured = await measureRequests(prefix, this.#emulator, act);
    for (const { name, digest } of images) {
      const found = await this.owner.digestOf(`${prefix}/${name}`, 'build-1.0.0');
      // docker packs layers anew: its images have other digests.
      if (found === undefined || (found !== digest && !prefix.includes('docker')))
        throw new Error(`${prefix}/${name} is ${found ?? 'absent'}, not ${digest}`);
    }
    return measured;
  }

  async #towpath({ folder, images }: BenchImages, prefix: string): Promise<Command> {
    const workspace = join(this.#folder, 'workspace');
    await mkdir(workspace, { recursive: true });
    const names = images.map(({ name }) => `  ${name}: {}\n`).join('');
    await writeFile(
      join(workspace, 'towpath.yaml'),
      `registry: ${this.owner.host}/${prefix}\nimages:\n${names}`,
    );
    for (const file of ['output', 'summary']) await writeFile(join(workspace, file), '');
    const env = {
      ...this.owner.credentials,
      AWS_ENDPOINT_URL: this.#emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({ [this.owner.host]: this.#emulator.registries[0]?.url }),
      INPUT_VERSION: '1.0.0',
      'INPUT_IMAGE-SET': folder,
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: workspace,
      GITHUB_OUTPUT: join(workspace, 'output'),
      GITHUB_STEP_SUMMARY: join(workspace, 'summary'),
    };
    return { program: process.execPath, args: [bundle], env };
  }

  #skopeo({ images }: BenchImages, prefix: string): Promise<Command[]> {
    const options = ['copy', '--preserve-digests', '--dest-tls-verify=false', '--dest-creds', this.#login];
    return Promise.resolve(
      images.map(({ name, layout }) => ({
        program: 'skopeo',
        args: [...options, `oci:${layout}:it`, `docker://${this.#reference(prefix, name)}`],
      })),
    );
  }

  async #crane({ images }: BenchImages, prefix: string): Promise<Command[]> {
    const env = await this.#dockerConfig();
    return images.map(({ name, layout }) => ({
      program: 'crane',
      args: ['--insecure', 'push', layout, this.#reference(prefix, name)],
      env,
    }));
  }

  async #craneTwice(images: BenchImages, prefix: string): Promise<readonly Command[]> {
    return (await this.#crane(images, prefix)).map((push) => ({
      ...push,
      next: { ...push, args: ['--insecure', 'tag', push.args.at(-1) ?? '', 'fp'] },
    }));
  }

  async #regctlTwice(images: BenchImages, prefix: string): Promise<readonly Command[]> {
    return (await this.#regctl(images, prefix)).map((copy) => {
      const reference = copy.args.at(-1) ?? '';
      const tagged = reference.replace(/:[^:]*$/, ':fp');
      return { ...copy, next: { ...copy, args: ['image', 'copy', reference, tagged] } };
    });
  }

  async #regctl({ images }: BenchImages, prefix: string): Promise<Command[]> {
    const file = join(this.#folder, 'regctl.json');
    const [user = '', pass = ''] = this.#login.split(':');
    const host = { tls: 'disabled', hostname: this.#host, user, pass };
    await writeFile(file, JSON.stringify({ hosts: { [this.#host]: host } }));
    return images.map(({ name, layout }) => ({
      program: 'regctl',
      args: ['image', 'copy', `ocidir://${layout}:it`, this.#reference(prefix, name)],
      env: { REGCTL_CONFIG: file },
    }));
  }

  /** The images must be in the daemon: that is not measured. */
  async #docker({ images }: BenchImages, prefix: string): Promise<Command[]> {
    const env = await this.#dockerConfig();
    const named = new Map(images.map((image) => [this.#reference(prefix, image.name), image]));
    await loadIntoDocker(named);
    return [...named.keys()].map((reference) => ({ program: 'docker', args: ['push', reference], env }));
  }

  async #dockerConfig(): Promise<Record<string, string>> {
    const folder = join(this.#folder, 'docker');
    await mkdir(folder, { recursive: true });
    const auth = Buffer.from(this.#login).toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [this.#host]: { auth } } }));
    return { DOCKER_CONFIG: folder };
  }

  #reference(prefix: string, name: string): string {
    return `${this.#host}/${prefix}/${name}:build-1.0.0`;
  }
}

/**
 * Hands images over as `build` does with load: true. skopeo could do it too, but looks for the daemon at its usual place
 * alone, whatever DOCKER_HOST says.
 *
 * @param images by the names that they get
 * @throws Error with what docker said
 */
async function loadIntoDocker(images: ReadonlyMap<string, BenchImages['images'][number]>): Promise<void> {
  const archived = [...images].map(async ([name, image]) => {
    const source = new Layout(image.layout);
    const manifest = await source.manifest(image);
    if (manifest.kind !== 'image') throw new Error(`${name} has several platforms`);
    return { name, manifest, source };
  });
  const child = spawn('docker', ['load'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const said = text(child.stderr);
  const [fed] = await Promise.allSettled([pipeline(dockerArchive(await Promise.all(archived)), child.stdin)]);
  const [code] = await closed;
  if (code !== 0) throw new Error(`docker load: ${(await said).trim()}`);
  if (fed.status === 'rejected') throw fed.reason;
}

/** Whether there is a daemon, and one that takes these images: old ones refuse some. */
async function canDockerLoad({ images: [image] }: BenchImages): Promise<boolean> {
  if (image === undefined) return false;
  try {
    await loadIntoDocker(new Map([['towpath-bench:it', image]]));
    await promisify(execFile)('docker', ['rmi', '--force', 'towpath-bench:it']);
    return true;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    process.stderr.write(`docker is skipped: ${said.trim().split('\n').at(-1) ?? ''}\n`);
    return false;
  }
}
