import { describe, expect, test } from '@jest/globals';
import { parseRequest } from './command.js';

describe('parseRequest', () => {
  test.each([
    ['--engine -- jest --watch', { engine: true, baseImages: false, clients: false }, ['jest', '--watch']],
    ['--base-images --clients -- true', { engine: false, baseImages: true, clients: true }, ['true']],
    [
      '-- emulator -- --engine',
      { engine: false, baseImages: false, clients: false },
      ['emulator', '--', '--engine'],
    ],
  ])('takes what stands before the first -- for itself: %s', (line, wanted, command) => {
    expect(parseRequest(line.split(' '))).toEqual({ ...wanted, command });
  });

  test.each([
    ['--engnie -- true', 'unknown: --engnie'],
    ['true', 'unknown: true'],
    ['--engine', 'no command to prepare for'],
    ['--engine --', 'no command to prepare for'],
  ])('refuses %s', (line, message) => {
    expect(() => parseRequest(line.split(' '))).toThrow(message);
  });
});
