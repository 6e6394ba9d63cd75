import { describe, expect, test } from '@jest/globals';
import { inTime } from './fuzz.ts';

function burn(milliseconds: number): void {
  const started = process.cpuUsage();
  let used = 0;
  while (used < milliseconds * 1000) {
    const { user, system } = process.cpuUsage(started);
    used = user + system;
  }
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

  const budgets = 'took \\d+ ms; the budget is 20 ms';

  test('accepts work beyond the limit if half of the text takes half of the time', () => {
    const work = (milliseconds: number) => () => {
      burn(milliseconds);
      return milliseconds;
    };
    expect(inTime(work(60), 20, work(30))).toBe(60);
  });

  test.each([
    { name: 'grows with the square of the text', whole: 80, half: 20 },
    { name: 'takes more than ten times the limit', whole: 250, half: 125 },
  ])('refuses work that $name', ({ whole, half }) => {
    const run = () => {
      inTime(
        () => {
          burn(whole);
        },
        20,
        () => {
          burn(half);
        },
      );
    };
    expect(run).toThrow(new RegExp(budgets));
  });
});
