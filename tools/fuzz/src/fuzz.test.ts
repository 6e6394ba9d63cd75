import { describe, expect, test } from '@jest/globals';
import { inTime } from './fuzz.ts';

function burn(milliseconds: number): void {
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < milliseconds * 1000);
}

describe('inTime', () => {
  test('returns the result of work in time', () => {
    expect(inTime(() => 'done')).toBe('done');
  });

  test('throws what work in time throws', () => {
    const work = () => {
      throw new Error('not a Dockerfile');
    };
    expect(() => inTime(work)).toThrow('not a Dockerfile');
  });

  test('refuses work that is slow in every run', () => {
    const work = () => {
      burn(40);
    };
    expect(() => {
      inTime(work, 20);
    }).toThrow(/took \d+ ms; the budget is 20 ms/);
  });

  test('accepts work that is slow in one run', () => {
    let runs = 0;
    const work = () => {
      runs += 1;
      if (runs === 1) burn(200);
      return runs;
    };
    expect(inTime(work, 150)).toBe(2);
  });
});
