import { describe, expect, test } from '@jest/globals';
import { CodedError, OutsideError } from './coded-error.ts';
import { codes } from './codes.ts';
import type { Problem } from './problem.ts';

const missing: Problem = { code: 'config-invalid', message: 'images is missing.', hint: 'Add one.' };
const unknown: Problem = { code: 'input-invalid', message: 'Input x does not exist.' };

describe('CodedError', () => {
  test('is itself its only problem where it lists none', () => {
    const error = new CodedError('config-invalid', 'images is missing.', { hint: 'Add one.' });
    expect(error.problems).toEqual([missing]);
  });

  test('of one problem says what the problem says', () => {
    const error = CodedError.of([missing], (count) => `${count} problems`);
    expect(error).toMatchObject({
      name: 'CodedError',
      code: 'config-invalid',
      message: 'images is missing.',
      hint: 'Add one.',
    });
    expect(error.problems).toEqual([missing]);
  });

  test('of several problems counts them, has the code of the first, and leaves each hint with its problem', () => {
    const error = CodedError.of([missing, unknown], (count) => `${count} problems`);
    expect(error).toMatchObject({ code: 'config-invalid', message: '2 problems', hint: undefined });
    expect(error.problems).toEqual([missing, unknown]);
  });

  test('of no problem is a defect of the caller', () => {
    expect(() => CodedError.of([], () => '')).toThrow('an error needs a problem');
  });

  test('keeps what caused it', () => {
    const cause = new Error('ENOENT');
    expect(new CodedError('config-missing', 'gone', { cause }).cause).toBe(cause);
  });
});

test('an OutsideError is a CodedError that knows the failed call', () => {
  const error = new OutsideError('access-denied', 'AWS refused.', {
    operation: 'ecr:PutImage',
    requestId: 'r-1',
    hint: 'Grant it.',
  });
  expect(error).toBeInstanceOf(CodedError);
  expect(error).toMatchObject({ name: 'OutsideError', operation: 'ecr:PutImage', requestId: 'r-1' });
  expect(error.problems).toEqual([{ code: 'access-denied', message: 'AWS refused.', hint: 'Grant it.' }]);
});

test.each(Object.entries(codes))('the code %s is kebab-case and explained in a sentence', (code, meaning) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(meaning).toMatch(/^[A-Z].*\.$/);
});
