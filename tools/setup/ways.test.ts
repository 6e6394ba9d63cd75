import { describe, expect, test } from '@jest/globals';
import { SetupError } from './say.js';
import { firstThatWorks } from './ways.js';

const otherwise = { message: 'no engine:', hint: 'Install one.' };
const no = (reason: string) => () => Promise.reject(new SetupError(reason, 'a hint of its own'));

describe('firstThatWorks', () => {
  test('uses the first way and does not try the others', async () => {
    const tried: string[] = [];
    const way = (name: string) => () => {
      tried.push(name);
      return Promise.resolve(name);
    };
    expect(await firstThatWorks([no('not here'), way('second'), way('third')], otherwise)).toBe('second');
    expect(tried).toEqual(['second']);
  });

  test('reports the errors of all ways if none works', async () => {
    await expect(firstThatWorks([no('no docker'), no('no root')], otherwise)).rejects.toMatchObject({
      message: 'no engine:\n- no docker\n- no root',
      hint: 'Install one.',
    });
  });

  test('does not treat a defect as a way that does not work', async () => {
    const defect = () => Promise.reject(new TypeError('x is undefined'));
    await expect(firstThatWorks([defect, no('no root')], otherwise)).rejects.toThrow(TypeError);
  });
});
