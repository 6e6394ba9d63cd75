import { expect } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { team } from '@towpath/stage';
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, testWith } from './clients.ts';
import { begin, green, imagesOf, type ImageOutput } from './scene.ts';

const withSkopeo = testWith('skopeo', ['skopeo', '--version']);
const withDocker = testWith('a Docker daemon', ['docker', 'version']);

interface Published {
  readonly images: readonly ImageOutput[];
  /** The address of the registry. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
}

async function publishAll(): Promise<Published> {
  const { stage, step } = await begin();
  const images = imagesOf(green(await step('build')));
  green(await step('publish', { version: '1.0.0' }));
  const { host } = new URL(stage.emulator.registries[0]?.url ?? '');
  const [user = '', password = ''] = (await stage.shared.login()).split(':');
  return {
    images: images.map((image) => ({ ...image, repository: `${team.prefix}/${image.name}` })),
    host,
    user,
    password,
  };
}

withSkopeo(
  'skopeo reads every published manifest with the digest and the platforms of the image set',
  async () => {
    const { images, host, user, password } = await publishAll();
    const inspect = (...args: readonly string[]) =>
      output('skopeo', 'inspect', '--tls-verify=false', '--creds', `${user}:${password}`, ...args);
    for (const { repository, digest, platforms } of images) {
      const reference = `docker://${host}/${repository}`;
      expect(digestOf(await inspect('--raw', `${reference}:build-1.0.0`))).toBe(digest);
      for (const [platform, platformDigest] of Object.entries(platforms)) {
        const [os, architecture = ''] = platform.split('/');
        expect(digestOf(await inspect('--raw', `${reference}@${platformDigest}`))).toBe(platformDigest);
        expect(JSON.parse(await inspect('--config', `${reference}@${platformDigest}`))).toMatchObject({
          os,
          architecture,
        });
      }
    }
  },
);

withDocker('docker pulls each platform of a published digest and runs the image', async () => {
  const { images, host, user, password } = await publishAll();
  const config = await mkdtemp(join(tmpdir(), 'towpath-docker-'));
  const docker = (...args: readonly string[]) => output('docker', '--config', config, ...args);
  await docker('login', '--username', user, '--password', password, host);
  for (const { repository, digest, platforms } of images) {
    for (const platform of Object.keys(platforms)) {
      const reference = `${host}/${repository}@${digest}`;
      await docker('pull', '--quiet', '--platform', platform, reference);
      const image = JSON.parse(
        await docker('image', 'inspect', '--format', '{{json .}}', reference),
      ) as Readonly<Record<string, unknown>>;
      expect(image).toMatchObject({ RepoDigests: [reference], Architecture: platform.split('/')[1] });
      await docker('image', 'rm', '--force', reference);
    }
  }
  const job = images.find(({ name }) => name === 'reconcile');
  expect(await balance(config, `${host}/${job?.repository ?? ''}@${job?.digest ?? ''}`, '7\n-7\n')).toBe(
    'balanced',
  );
});

/** Runs the image `reconcile` with amounts on its standard input and returns its output. */
async function balance(config: string, image: string, amounts: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'docker',
      ['--config', config, 'run', '--rm', '--interactive', '--network', 'none', image],
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim());
        else reject(new Error(stderr));
      },
    );
    child.stdin?.end(amounts);
  });
}
