import { describe, expect, test } from '@jest/globals';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import { csv } from './csv.ts';
import { isNodeList, parseNodes } from './nodes.ts';
import { BuildProgress } from './progress.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

/** Everything that is asked of a build's progress. */
function follow(lines: readonly string[]): BuildProgress {
  const progress = new BuildProgress();
  for (const line of lines) progress.add(line);
  progress.lines();
  return progress;
}

function askEverything(text: string): unknown {
  const vertex = {
    digest: text.slice(0, 100),
    name: text,
    error: text,
    started: text,
    completed: text,
    inputs: [text],
  };
  const log = { vertex: vertex.digest, data: Buffer.from(text).toString('base64') };
  const progress = follow([...text.split('\n'), JSON.stringify({ vertexes: [vertex], logs: [log] })]);
  const { failedStep, failedLine, cacheFailures, checks, cached, reason } = progress;
  return { failedStep, failedLine, cacheFailures, checks, cached, reason };
}

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  {
    name: 'progress',
    read: askEverything,
    pieces: ['ERROR: ', 'failed to solve: ', 'Dockerfile:1', '[a 1/2] ', '[linux ', '{"vertexes":[', 'a:0'],
  },
  {
    name: 'nodes',
    read: (text) => isNodeList(text) && parseNodes(text, () => undefined),
    pieces: ['tcp://a:1 ', 'linux/arm64,', 'a=b,', '\n'],
  },
  { name: 'fields', read: (text) => csv(text.split('\n')), pieces: ['"a"'] },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('ends in time, whatever repeats', () => {
    survivesAttacks(read, pieces);
  });

  test('ends in time, whatever is mixed', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

const chain = (length: number) =>
  Array.from({ length }, (_, index) => ({
    digest: `${index}`,
    name: `step ${index}`,
    inputs: index + 1 < length ? [`${index + 1}`] : [],
  }));

test('lists 100,000 steps in a row in order', () => {
  const lines = inTime(() => follow([JSON.stringify({ vertexes: chain(100_000) })]).lines());
  expect(lines.slice(0, 2)).toEqual(['step 99999', 'step 99998']);
  expect(lines).toHaveLength(100_000);
});

test('lists a step once if several steps depend on it', () => {
  const circle = chain(3).map((one, index) => ({ ...one, inputs: [`${(index + 1) % 3}`] }));
  expect(
    follow([JSON.stringify({ vertexes: circle })])
      .lines()
      .sort(),
  ).toEqual(['step 0', 'step 1', 'step 2']);
});

test('a step that prints 200,000 pieces of a line is followed', () => {
  const data = Buffer.from('x').toString('base64');
  const progress = new BuildProgress();
  progress.add(JSON.stringify({ vertexes: [{ digest: 'a', name: 'a' }] }));
  const line = JSON.stringify({ logs: Array.from({ length: 100 }, () => ({ vertex: 'a', data })) });
  inTime(() => {
    for (let round = 0; round < 2000; round += 1) progress.add(line);
  });
  expect(progress.lines()).toHaveLength(2);
});

test('keeps the last lines of a program that prints 1,000,000 lines', () => {
  const progress = new BuildProgress();
  inTime(() => {
    for (let round = 0; round < 1_000_000; round += 1) progress.add(`line ${round}`);
  });
  expect(progress.reason).toBe('line 999999');
  expect(progress.lines().length).toBeLessThan(100_000);
});
