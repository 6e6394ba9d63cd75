import { describe, expect, test } from '@jest/globals';
import { CodedError, OutsideError } from './coded-error.ts';
import { codes } from './codes.ts';
import type { Problem } from './problem.ts';

const missing: Problem = { code: 'config-invalid', message: 'images is missing.', hint: 'Add one.' };
const unknown: Problem = { code: 'input-invalid', message: 'Input x does not exist.' };

describe('CodedError', () => {
  test('lists itself as its only problem if it gets no list', () => {
    const error = new CodedError('config-invalid', 'images is missing.', { hint: 'Add one.' });
    expect(error.problems).toEqual([missing]);
  });

  test('takes code, message and hint from a single problem', () => {
    const error = CodedError.of([missing], (count) => `${count} problems`);
    expect(error).toMatchObject({
      name: 'CodedError',
      code: 'config-invalid',
      message: 'images is missing.',
      hint: 'Add one.',
    });
    expect(error.problems).toEqual([missing]);
  });

  test('counts several problems, takes the code of the first, and keeps each hint with its problem', () => {
    const error = CodedError.of([missing, unknown], (count) => `${count} problems`);
    expect(error).toMatchObject({ code: 'config-invalid', message: '2 problems', hint: undefined });
    expect(error.problems).toEqual([missing, unknown]);
  });

  test('cannot be made from an empty list of problems', () => {
    expect(() => CodedError.of([], () => '')).toThrow('an error needs a problem');
  });

  test('keeps its cause', () => {
    const cause = new Error('ENOENT');
    expect(new CodedError('config-missing', 'gone', { cause }).cause).toBe(cause);
  });
});

test('an OutsideError is a CodedError with the failed call and its request id', () => {
  const error = new OutsideError('access-denied', 'AWS refused.', {
    operation: 'ecr:PutImage',
    requestId: 'r-1',
    hint: 'Grant it.',
  });
  expect(error).toBeInstanceOf(CodedError);
  expect(error).toMatchObject({ name: 'OutsideError', operation: 'ecr:PutImage', requestId: 'r-1' });
  expect(error.problems).toEqual([{ code: 'access-denied', message: 'AWS refused.', hint: 'Grant it.' }]);
});

test.each(Object.entries(codes))(
  'the code %s is in kebab case, and has a meaning, a cause and a remedy in sentences',
  (code, { meaning, cause, remedy }) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const text of [meaning, cause, remedy]) expect(text).toMatch(/^[A-Z`].*\.$/);
    expect(new Set([meaning, cause, remedy]).size).toBe(3);
  },
);
