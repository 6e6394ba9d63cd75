import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { mediaTypes } from '@towpath/oci';
import { checkOut } from '@towpath/stage';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { begin, green, type Scene } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

/**
 * Base images for the examples, because no public image can be pulled here: busybox with scripts instead of the
 * compilers. The scripts create the files that the Dockerfiles copy.
 */
const standIns: Readonly<
  Record<
    string,
    {
      readonly tag: string;
      readonly programs: Readonly<Record<string, string>>;
      readonly repository?: string;
    }
  >
> = {
  node: {
    tag: '24-alpine',
    programs: {
      npm: 'case "$1" in ci) mkdir -p node_modules; cp package.json node_modules/;; run) cp -R src dist;; esac',
    },
  },
  golang: {
    tag: '1.25-alpine',
    programs: {
      go: '[ "$1" = build ] || exit 0; while [ "$1" != -o ]; do shift; done; mkdir -p "${2%/*}"; { echo "$GOOS/$GOARCH"; cat cmd/server/main.go; } > "$2"; chmod 755 "$2"',
    },
  },
  maven: {
    tag: '3-eclipse-temurin-21',
    programs: {
      mvn: 'case "$*" in *package) mkdir target; cat src/main/java/com/example/*.java > target/service-1.0.0.jar;; esac',
    },
  },
  'eclipse-temurin': { tag: '21-jre-alpine', programs: { java: 'exit 0' } },
  python: {
    tag: '3.14-slim',
    programs: {
      python:
        'mkdir -p "$3/bin"; printf "#!/bin/sh\\ncp \\$4 /venv/installed" > "$3/bin/pip"; chmod 755 "$3/bin/pip"',
    },
  },
  nodejs: { tag: '24', programs: { node: 'exit 0' }, repository: 'ecr-public/lambda/nodejs' },
  nginx: {
    tag: '1.29-alpine',
    programs: { nginx: 'grep -q "server_name example.com" /etc/nginx/conf.d/default.conf' },
  },
};

/** Publishes the stand-ins under the names of the real images in the pull-through cache. */
async function pushStandIns({ checkout, stage, step, temp }: Scene): Promise<void> {
  const images: string[] = [];
  for (const [name, { programs, repository = `docker-hub/library/${name}` }] of Object.entries(standIns)) {
    const folder = join(checkout.folder, 'bases', name);
    await mkdir(folder, { recursive: true });
    for (const [program, script] of Object.entries(programs)) {
      await writeFile(join(folder, program), `#!/bin/sh\nset -eu\n${script}\n`);
      await chmod(join(folder, program), 0o755);
    }
    const copies = Object.keys(programs).map((program) => `COPY ${program} /usr/local/bin/${program}`);
    await writeFile(join(folder, 'Dockerfile'), [`FROM ${busybox}`, ...copies].join('\n'));
    images.push(`  ${name}: { context: bases/${name}, repository: ${repository} }`);
    await stage.shared.createRepository(repository, 'MUTABLE');
  }
  const registry = `registry: ${stage.shared.host}`;
  await writeFile(join(checkout.folder, 'towpath.yaml'), [registry, 'images:', ...images].join('\n'));
  green(await step('build'));
  for (const [name, { tag }] of Object.entries(standIns))
    green(await step('publish', { version: '1', only: name, tags: tag }));
  await rm(join(temp, 'towpath'), { recursive: true });
}

test('builds every example for its platforms', async () => {
  const scene = await begin();
  await pushStandIns(scene);
  const folder = await mkdtemp(join(tmpdir(), 'towpath-examples-'));
  const built: unknown[] = [];
  for (const example of ['node', 'go', 'java', 'python', 'nginx', 'serverless']) {
    const checkout = await checkOut(example, join(folder, example));
    const temp = join(folder, `${example}-temp`);
    const job = await scene.stage.job(checkout, temp);
    green(await job.run(scene.action('build'), {}));
    const { images } = await readImageSet(join(temp, 'towpath'));
    built.push(...images.map(({ name, platforms }) => [name, Object.keys(platforms)]));
    if (example !== 'serverless') continue;
    // AWS Lambda runs no index.
    expect(images.map(({ mediaType }) => mediaType)).toEqual([mediaTypes.ociManifest]);
    const { outputs } = await job.run(scene.action('build'), { platforms: 'linux/amd64,linux/arm64' });
    expect(outputs['failure-reason']).toBe('lambda-unsupported');
  }
  await rm(folder, { recursive: true });
  const onePlatform = [expect.stringMatching(/^linux\//)] as unknown;
  expect(built).toEqual([
    ['api', onePlatform],
    ['server', ['linux/amd64', 'linux/arm64']],
    ['service', onePlatform],
    ['worker', onePlatform],
    ['site', onePlatform],
    ['api', ['linux/amd64']],
  ]);
});
