import { expect, test } from '@jest/globals';
import { writeImageSet } from '@towpath/image-set';
import { mediaTypes, type Descriptor } from '@towpath/oci';
import type { Digest } from '@towpath/reference';
import { Account, bundleActions, startEmulator } from '@towpath/stage';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The shipped bundle: with the sources, Node would need extra memory to parse TypeScript. */
const main = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const onLinux = existsSync('/proc/self/status') ? test : test.skip;

/** Returns the peak memory of a process in MiB (proc(5), VmHWM); undefined if it has ended. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}

async function keep(folder: string, path: string): Promise<Digest> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const digest = `sha256:${hash.digest('hex')}` as Digest;
  const target = join(folder, 'blobs', ...digest.split(':'));
  mkdirSync(dirname(target), { recursive: true });
  renameSync(path, target);
  return digest;
}

/** Creates an image set of one image whose layer is a sparse file of the given size. */
async function makeGiant(folder: string, size: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'part');
  const put = async (mediaType: string, content: object): Promise<Descriptor> => {
    const text = JSON.stringify(content);
    writeFileSync(path, text);
    return { mediaType, digest: await keep(folder, path), size: Buffer.byteLength(text) };
  };
  writeFileSync(path, '');
  truncateSync(path, size);
  const layer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: await keep(folder, path),
    size,
  };
  const config = await put('application/vnd.oci.image.config.v1+json', {
    os: 'linux',
    architecture: 'amd64',
  });
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
  const root = await put(mediaTypes.ociManifest, manifest);
  const image = {
    name: 'giant',
    ...root,
    bytes: size,
    fingerprint: '0'.repeat(64),
    labels: {},
    attestations: [],
  };
  const platforms = { 'linux/amd64': root.digest };
  await writeImageSet(folder, { schemaVersion: 1, source: {}, images: [{ ...image, platforms }] });
}

onLinux(
  'publishing a layer of 512 MiB keeps its memory under 200 MiB',
  async () => {
    await bundleActions();
    const folder = temporaryFolder();
    const emulator = await startEmulator({ data: join(folder, 'ecr'), accounts: ['111122223333'] });
    try {
      const owner = new Account('111122223333', emulator.api);
      await owner.createRepository('payroll/giant');
      await makeGiant(join(folder, 'towpath'), 2 ** 29);
      const config = `registry: ${owner.host}/payroll\nimages: { giant: {} }\n`;
      writeFiles(folder, { 'towpath.yaml': config, output: '', summary: '' });
      const child = spawn(process.execPath, [main], {
        env: {
          ...process.env,
          ...owner.credentials,
          AWS_ENDPOINT_URL: emulator.api,
          TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({ [owner.host]: emulator.registries[0]?.url }),
          INPUT_VERSION: '1.0.0',
          GITHUB_WORKSPACE: folder,
          RUNNER_TEMP: folder,
          GITHUB_OUTPUT: join(folder, 'output'),
          GITHUB_STEP_SUMMARY: join(folder, 'summary'),
        },
        stdio: 'ignore',
      });
      const closed = once(child, 'close');
      let peak = 0;
      while (child.exitCode === null && child.signalCode === null) {
        peak = peakOf(child.pid) ?? peak;
        await setTimeout(20);
      }
      expect(await closed).toEqual([0, null]);
      expect(await owner.tags('payroll/giant')).toEqual(['build-1.0.0']);
      process.stdout.write(`peak: ${peak.toFixed(0)} MiB\n`);
      expect(peak).toBeGreaterThan(20);
      expect(peak).toBeLessThan(200);
    } finally {
      await emulator.close();
    }
  },
  600_000,
);
