import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commandLinesDuring } from './command-lines.ts';
import { begin, green, imagesOf, type Scene } from './scene.ts';

const registry = `111122223333.dkr.ecr.us-east-1.amazonaws.com`;

async function write({ checkout }: Scene, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(checkout.folder, path)), { recursive: true });
    await writeFile(join(checkout.folder, path), text);
  }
}

test('builds and publishes the default group of a bake file without the targets it is based on', async () => {
  const scene = await begin();
  await rm(join(scene.checkout.folder, 'towpath.yaml'));
  await write(scene, {
    'docker-bake.hcl': `
variable "HTTP_PROXY" {}
group "default" { targets = ["web"] }
target "base" { context = "job" }
target "web" {
  context = "app"
  contexts = { base = "target:base" }
  args = { HTTP_PROXY = HTTP_PROXY }
  tags = ["${registry}/${team.prefix}/web:latest"]
}
`,
    'app/Dockerfile': 'FROM base\nCOPY page.html /page.html\n',
    'app/page.html': 'paid in time\n',
    'package.json': '{ "version": "3.1.0" }',
  });
  const config = 'docker-bake.hcl';
  // The bake file passes the proxy on as a build argument. Its value must not be on a command line.
  const env = { HTTP_PROXY: 'http://tug:s3cr3t@proxy.example' };
  const [build, commandLines] = await commandLinesDuring(async () =>
    green(await scene.step('build', { config }, { env })),
  );
  expect([...commandLines].join()).toContain('--build-arg=HTTP_PROXY ');
  expect([...commandLines].join()).not.toContain('s3cr3t');
  expect(imagesOf(build).map(({ name }) => name)).toEqual(['web']);
  expect(build.log).toContain('Version: 3.1.0 (from package.json)');
  const { outputs } = green(await scene.step('publish', { config }));
  expect(outputs.version).toBe('3.1.0');
  expect(await scene.stage.shared.tags(`${team.prefix}/web`)).toContain('build-3.1.0');
});

test('builds all Dockerfiles that match a glob', async () => {
  const scene = await begin();
  const dockerfile = `FROM ${registry}/docker-hub/library/busybox:1.37\nCOPY page.html /\n`;
  await write(scene, {
    'images/one/Dockerfile': dockerfile,
    'images/one/page.html': '1',
    'images/two/Dockerfile': dockerfile,
    'images/two/page.html': '2',
  });
  const built = imagesOf(green(await scene.step('build', { config: 'images/*/Dockerfile' })));
  expect(built.map(({ name }) => name)).toEqual(['one', 'two']);
});

test('without towpath.yaml, reads image-build-config.yaml, template.yaml or the Dockerfile', async () => {
  const scene = await begin();
  const planned = async () => {
    const { log } = green(await scene.step('build', { 'dry-run': 'true' }));
    return log.match(/^(?:Configuration: .*|build [^(]*)(?= \(|$)/gm);
  };
  const remove = (path: string) => rm(join(scene.checkout.folder, path));
  await remove('towpath.yaml');
  expect(await planned()).toEqual([
    'Configuration: template.yaml',
    'build reconcile for linux/amd64 from job/Dockerfile',
    'build web for linux/amd64, linux/arm64 from web/Dockerfile',
  ]);
  const service = 'imageName: page, buildContext: web, platform: linux/arm64';
  await write(scene, { 'image-build-config.yaml': `ImageBuildConfiguration: { Page: { ${service} } }\n` });
  expect(await planned()).toEqual([
    'Configuration: image-build-config.yaml',
    'build page for linux/arm64 from web/Dockerfile',
  ]);
  await remove('image-build-config.yaml');
  await remove('template.yaml');
  await write(scene, { Dockerfile: 'FROM scratch\nCOPY README.md /\n' });
  expect(await planned()).toEqual([
    'Configuration: Dockerfile',
    expect.stringMatching(/^build payroll for \S+ from Dockerfile$/),
  ]);
});
