import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { execFileSync, spawnSync } from 'node:child_process';
import { completionScript, shells } from './completion.ts';
import { commonFlags } from './common-flags.ts';
import { allCommands } from './own-commands.ts';

/** Returns what bash proposes for the last of these words. */
function complete(...words: readonly string[]): readonly string[] {
  const script = `${completionScript('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _towpath; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['-uc', script, 'bash', 'towpath', ...words], { encoding: 'utf8' });
  return printed.split('\n').filter((line) => line !== '');
}

describe('the completion of bash', () => {
  test('proposes every command, and those that start as the word', () => {
    const first = new Set(allCommands().map(({ name }) => name.split(' ')[0] ?? ''));
    expect(complete('')).toEqual([...first, 'completion']);
    expect(complete('pro')).toEqual(['promote', 'provision']);
  });

  test('proposes the flags of the command and the common ones', () => {
    expect(complete('promote', '--target-')).toEqual(['--target-environment', '--target-role']);
    for (const { name, flags } of allCommands().filter(({ readsFlags }) => readsFlags !== true))
      expect(complete(...name.split(' '), '--')).toEqual(
        [...flags, ...commonFlags].map((flag) => `--${flag.name}`),
      );
  });

  test.each([
    { words: ['release', ''], expected: ['show'] },
    { words: ['config', 's'], expected: ['show'] },
    { words: ['completion', ''], expected: ['bash', 'zsh', 'fish'] },
    { words: ['scanreport', 'web:1', '--format', 's'], expected: ['sarif'] },
    { words: ['unknown', '--x'], expected: [] },
  ])('proposes $expected after $words', ({ words, expected }) => {
    expect(complete(...words)).toEqual(expected);
  });
});

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

for (const shell of shells)
  (isInstalled(shell) ? test : test.skip)(`${shell} accepts its script`, () => {
    const folder = temporaryFolder();
    writeFiles(folder, { script: completionScript(shell) });
    // fish reads a script from a file, and no socket.
    const { status, stderr } = spawnSync(shell, ['-n', `${folder}/script`], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
