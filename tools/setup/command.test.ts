import { describe, expect, test } from '@jest/globals';
import { parseRequest } from './command.js';

describe('parseRequest', () => {
  const nothing = { engine: false, baseImages: false, clients: false, workflows: false, browser: false };

  test.each([
    ['--engine -- jest --watch', { ...nothing, engine: true }, ['jest', '--watch']],
    ['--base-images --clients -- true', { ...nothing, baseImages: true, clients: true }, ['true']],
    ['--workflows -- true', { ...nothing, workflows: true }, ['true']],
    ['--browser -- true', { ...nothing, browser: true }, ['true']],
    ['-- emulator -- --engine', nothing, ['emulator', '--', '--engine']],
  ])('reads the arguments before the first --: %s', (line, wanted, command) => {
    expect(parseRequest(line.split(' '))).toEqual({ ...wanted, command });
  });

  test.each([
    ['--engnie -- true', 'Unknown option: --engnie.'],
    ['true', 'Unknown option: true.'],
    ['--engine', 'No command was given.'],
    ['--engine --', 'No command was given.'],
  ])('rejects %s', (line, message) => {
    expect(() => parseRequest(line.split(' '))).toThrow(message);
  });
});
