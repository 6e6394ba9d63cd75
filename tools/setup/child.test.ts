import { describe, expect, test } from '@jest/globals';
import { attempt, excerpt, execute, reasonIn } from './child.js';

describe('attempt', () => {
  test('returns the output of a program and whether it exited with 0', async () => {
    expect(await attempt(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      ok: false,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('reports that a program does not exist', async () => {
    expect(await attempt(['no-such-program'])).toMatchObject({
      ok: false,
      stderr: 'no-such-program is not installed',
    });
  });

  test('kills a program after the time limit', async () => {
    expect(await attempt(['sleep', '60'], { seconds: 0.1 })).toMatchObject({
      ok: false,
      stderr: 'no answer within 0.1 s',
    });
  });

  test('removes a variable that is undefined', async () => {
    const { stdout } = await attempt(['sh', '-c', 'echo ${HOME-none}'], { env: { HOME: undefined } });
    expect(stdout).toBe('none\n');
  });
});

test('execute fails with the output of the program and a hint', async () => {
  await expect(execute(['sh', '-c', 'echo broken >&2; exit 1'], { hint: 'Fix it.' })).rejects.toMatchObject({
    message: 'sh -c echo broken >&2; exit 1 failed:\nbroken',
    hint: 'Fix it.',
  });
});

test('excerpt keeps both ends of a long text', () => {
  const lines = Array.from({ length: 100 }, (_, number) => String(number));
  const shown = excerpt(lines.join('\n')).split('\n');
  expect(shown).toHaveLength(25);
  expect([shown.at(0), shown.at(12), shown.at(-1)]).toEqual(['0', '…', '99']);
});

test.each([
  [
    "docker: 'buildx' is not a docker command.\nSee 'docker --help'\n",
    "docker: 'buildx' is not a docker command.",
  ],
  [
    '#0 building\n#1 ERROR: x\n------\nERROR: failed to build: no such image\n',
    'ERROR: failed to build: no such image',
  ],
  ['W: old\nE: Unable to locate package runc\n', 'E: Unable to locate package runc'],
])('reasonIn finds the line with the reason: %j', (written, reason) => {
  expect(reasonIn(written)).toBe(reason);
});
