import { expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { begin } from './scene.ts';

const base = 'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';
const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

/** Files of a checkout, by path. */
const cases: readonly { name: string; files: Readonly<Record<string, string>> }[] = [
  {
    name: 'a configuration with 15,000 environments',
    files: {
      'towpath.yaml': `images: { web: {} }\nenvironments:\n${many(15_000, (index) => `  e${index}: { from: none }\n`)}`,
    },
  },
  {
    name: 'a configuration with 60,000 unknown keys',
    files: { 'towpath.yaml': `images: { web: {} }\n${many(60_000, (index) => `key${index}: 1\n`)}` },
  },
  {
    name: 'a Dockerfile with 50 MB of comments',
    files: { Dockerfile: `${base}\n${'# comment\n'.repeat(5_000_000)}` },
  },
  {
    name: 'a Dockerfile with 20,000 stages',
    files: { Dockerfile: many(20_000, (index) => `${base} AS s${index}\n`) },
  },
  {
    name: 'a variable that doubles 60 times',
    files: { Dockerfile: `ARG A=x\n${'ARG A=$A$A\n'.repeat(60)}${base}\nCOPY $A /\n` },
  },
  {
    name: 'an ignore file with 5,000 patterns of many stars',
    files: {
      Dockerfile: `${base}\nCOPY . /\n`,
      '.dockerignore': `${'*a'.repeat(20)}b\n`.repeat(5_000),
      ...Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'a'.repeat(100)}${index}`, ''])),
    },
  },
];

test.each(cases)('a build of $name ends or hears a cancellation within seconds', async ({ files }) => {
  const scene = await begin();
  for (const [path, content] of Object.entries({ 'towpath.yaml': 'images: { web: {} }\n', ...files })) {
    await mkdir(dirname(join(scene.checkout.folder, path)), { recursive: true });
    await writeFile(join(scene.checkout.folder, path), content);
  }
  const interruption = { when: AbortSignal.timeout(3_000), by: 'SIGINT' } as const;
  const build = await scene.step('build', { 'dry-run': 'true' }, { interruption });
  expect(build.outputs['failure-reason'] ?? 'none').toMatch(
    /^(?:cancelled|config-invalid|dockerfile-invalid|none)$/,
  );
  expect(build.log.length).toBeLessThan(5_000_000);
  // GitHub kills the process 7.5 seconds after SIGINT.
  expect(build.milliseconds).toBeLessThan(3_000 + 7_500);
});
