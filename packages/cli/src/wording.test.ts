import { describe, expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandFlags } from './command-flags.ts';
import { reword } from './wording.ts';

const root = join(import.meta.dirname, '../../..');

/** Words of a workflow that mean nothing at a command line. */
const foreign =
  /actions\/\w|aws-actions|docker\/(?:setup|login)|reusable workflow|runs-on|id-token|this step\b|(?:before|plan of|env of) the step\b|step before|\b(?:this|the) job\b|\b(?:this|the|a larger) runner\b(?! of (?:each|its))|\bthe input [a-z]|^Inputs? [a-z]+ /;

/** Sources whose texts never reach a person at a command line. */
const silent =
  /\.(?:test|slow)\.ts$|\/(?:harness|fixture)\/|packages\/(?:github|runner|stage|testing|ecr-emulator|cli|process)\//;

/** Returns the texts in the sources that look like sentences. */
function messages(): readonly { file: string; text: string }[] {
  const files = globSync('{packages,actions}/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !silent.test(file),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8').replace(/^\s*(?:\*|\/\/|\/\*\*).*$/gm, '');
    const texts = source.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g);
    return [...texts].map(([, plain = '', template = '']) => ({ file, text: `${plain}${template}` }));
  });
}

test('no message of the product speaks of a workflow at the command line', () => {
  const sentences = messages().filter(
    ({ text, file }) => / \w+ /.test(text) && !file.endsWith('codes.ts') && !file.includes('schema'),
  );
  expect(sentences.length).toBeGreaterThan(300);
  expect(
    sentences
      .map(({ file, text }) => ({ file, text: reword(text) }))
      .filter(({ text }) => foreign.test(text)),
  ).toEqual([]);
});

test('no description of a flag speaks of a workflow', () => {
  const texts = Object.values(commandFlags).flatMap(({ description, flags }) => [
    description,
    ...flags.map((flag) => flag.description),
  ]);
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.filter((text) => foreign.test(text))).toEqual([]);
});

describe('reword', () => {
  test.each([
    {
      text: 'Input version is required and was not given.',
      expected: '--version is required and was not given.',
    },
    {
      text: 'Inputs builder and driver-opts exclude each other: x.',
      expected: '--builder and --driver-opts exclude each other: x.',
    },
    { text: 'Set the input image-set to a folder.', expected: 'Set --image-set to a folder.' },
    { text: 'Set mode: apply, or remove plan.', expected: 'Set --mode apply, or remove plan.' },
    {
      text: 'Give the version to promote, or current, or rollback: true.',
      expected: 'Give the version to promote, or current, or --rollback.',
    },
    {
      text: 'Run actions/checkout in a step before this one, or write a towpath.yaml that names the images.',
      expected: 'Run this in the root of the repository, or write a towpath.yaml that names the images.',
    },
    // The jobs and runners that matrix plans are those of a CI system, not of this command.
    {
      text: 'Plans the jobs that build the images, each on the runner of its platform.',
      expected: 'Plans the jobs that build the images, each on the runner of its platform.',
    },
    {
      text: 'Run build earlier in this job, or transfer its folder to this job and set the input image-set to its path.',
      expected: 'Run build first, or copy its folder here and set --image-set to its path.',
    },
    {
      text: 'Give the value as NPM_TOKEN=… in the input secrets of build, or in the secret build-secrets of the reusable workflows. A run for a fork has no secrets.',
      expected: 'Give the value in the environment variable NPM_TOKEN.',
    },
    {
      text: 'Start an SSH agent in a step before this one. The reusable workflows have no such step: call the actions as single steps instead.',
      expected: 'Start an SSH agent first.',
    },
    {
      text: 'Re-run the failed job: it continues where it stopped.',
      expected:
        'Log in again, for example with aws sso login, and run the command again: it continues where it stopped.',
    },
    {
      text: 'Add docker/setup-buildx-action before this step, or install the plugin: https://x.',
      expected: 'Install the plugin: https://x.',
    },
    { text: 'The other inputs come from the plan.', expected: 'The other inputs come from the plan.' },
    { text: 'web could not be built.', expected: 'web could not be built.' },
    { text: 'A step of the Dockerfile failed.', expected: 'A step of the Dockerfile failed.' },
  ])('turns "$text" into "$expected"', ({ text, expected }) => {
    expect(reword(text)).toBe(expected);
  });
});
