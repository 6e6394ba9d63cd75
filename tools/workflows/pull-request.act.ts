import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, green, type Scene } from './scene.ts';

/** The fields of a pull_request event that our workflows read. */
function pullRequestFrom(repository: string) {
  return {
    event: 'pull_request',
    payload: {
      action: 'opened',
      number: 7,
      pull_request: {
        number: 7,
        head: { ref: 'mail', repo: { full_name: repository, fork: repository !== 'acme/payroll' } },
        base: { ref: 'main', repo: { full_name: 'acme/payroll' } },
      },
      repository: { full_name: 'acme/payroll' },
    },
  };
}

async function requireNothingPublished({ stage, artifacts }: Scene): Promise<void> {
  for (const image of team.images) {
    expect(await stage.shared.tags(`${team.prefix}/${image}`)).toEqual([]);
    expect(await stage.shared.untaggedDigests(`${team.prefix}/${image}`)).toEqual([]);
  }
  expect(artifacts).toEqual([]);
}

test('a pull request is built, and nothing is published', async () => {
  const scene = await begin();
  const { outputs, summaries } = green(await scene.run('pull-request.yml', pullRequestFrom('acme/payroll')));

  const images = JSON.parse(outputs.get('build/build/images') ?? '[]') as { name: string }[];
  expect(images.map(({ name }) => name)).toEqual(team.images);
  expect(summaries).toHaveLength(1);
  await requireNothingPublished(scene);
});

test('a fork’s pull request that needs private base images is green, with one notice', async () => {
  const scene = await begin();
  const { outputs, log } = green(
    await scene.run('pull-request.yml', { ...pullRequestFrom('fork/payroll'), idToken: false }),
  );

  expect(outputs.get('build/build/images')).toBe('[]');
  expect(log.match(/\[fork-without-credentials\]/g)).toHaveLength(1);
  await requireNothingPublished(scene);
});

test('lint fails a pull request for an error in a Dockerfile, and uploads its findings for code scanning', async () => {
  const scene = await begin();
  const { checkout } = scene;
  await writeFile(
    join(checkout.folder, '.github/workflows/lint.yml'),
    `on: pull_request
jobs:
  lint:
    uses: towpath/towpath/.github/workflows/lint.yml@v1
    permissions: { contents: read }
    with: { sarif: true, buildkit: off }
`,
  );
  const fork = { ...pullRequestFrom('fork/payroll'), idToken: false };
  const clean = green(await scene.run('lint.yml', fork));
  expect(clean.outputs.get('lint/lint/errors')).toBe('0');

  const dockerfile = join(checkout.folder, 'web/Dockerfile');
  const text = await readFile(dockerfile, 'utf8');
  await writeFile(dockerfile, text.replace(/^EXPOSE/m, 'ENV HTTPS_PROXY=http://proxy.example:3128\nEXPOSE'));
  await checkout.commit('Keep a proxy');
  const { exitCode, log, outputs } = await scene.run('lint.yml', { ...fork, attempt: 2 });
  expect(exitCode).not.toBe(0);
  expect(log).toContain('proxy-env');
  expect(outputs.get('lint/lint/errors')).toBe('1');
  expect(scene.artifacts.map(({ name }) => name)).toEqual(['lint-sarif-1', 'lint-sarif-2']);
});
