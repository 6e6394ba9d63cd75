import { describe, expect, test } from '@jest/globals';
import { BuildProgress } from './progress.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function step(name: string, more: object = {}): object {
  const started = '2026-01-31T12:00:00.5Z';
  return { vertexes: [{ digest: `sha256:${name}`, name, started, ...more }] };
}

const done = { completed: '2026-01-31T12:00:13.0Z' };

function follow(...statuses: readonly (object | string)[]): BuildProgress & { readonly printed: string[] } {
  const printed: string[] = [];
  const progress = new BuildProgress((line) => printed.push(line));
  for (const status of statuses) progress.add(typeof status === 'string' ? status : JSON.stringify(status));
  return Object.assign(progress, { printed });
}

const run = '[build 2/3] RUN npm ci';
const output = (text: string) => ({ logs: [{ vertex: `sha256:${run}`, data: base64(text) }] });

describe('BuildProgress', () => {
  test('lists every step with its time and output', () => {
    const cached = step('[build 1/3] FROM node', { cached: true });
    const progress = follow(cached, step(run), output('added 3 '), output('packages\n\n'), step(run, done));
    expect(progress.lines()).toEqual([
      '[build 1/3] FROM node (cached)',
      '[build 2/3] RUN npm ci (12.5 s)',
      '  added 3 packages',
    ]);
  });

  test('lists steps after their inputs, in any order of arrival', () => {
    const on = (...names: readonly string[]) => ({ inputs: names.map((name) => `sha256:${name}`) });
    const progress = follow(
      step('[internal] load build definition', done),
      step('[3/3] RUN b', on('[2/3] RUN a')),
      step('[2/3] RUN a', { ...on('[1/3] COPY . .', 'an unknown step'), cached: true }),
      step('[1/3] COPY . .', { ...on('[internal] load build context'), cached: true }),
      step('[internal] load build context', done),
    );
    const names = progress.lines().map((line) => line.replace(/ \(.*$/, ''));
    expect(names).toEqual([
      '[internal] load build definition',
      '[internal] load build context',
      '[1/3] COPY . .',
      '[2/3] RUN a',
      '[3/3] RUN b',
    ]);
  });

  test('prints a long step once when it completes, and no short or cached step', () => {
    const short = step('[1/2] COPY . .', { completed: '2026-01-31T12:00:00.6Z' });
    const progress = follow(step(run), step(run, done), step(run, done), short);
    expect(progress.printed).toEqual(['[build 2/3] RUN npm ci (12.5 s)']);
  });

  test('counts the cached steps of the Dockerfile', () => {
    const progress = follow(
      step('[internal] load build definition', { cached: true }),
      step('[build 1/3] FROM node', { cached: true }),
      step(run, done),
      step('exporting to oci image format', done),
    );
    expect(progress.cached).toEqual({ hits: 1, steps: 2 });
  });

  test('keeps lines that are not progress, and accepts any line', () => {
    const progress = follow('', 'ERROR: no', '{ torn', '{"vertexes":[]}');
    expect(progress.lines()).toEqual(expect.arrayContaining(['ERROR: no', '{ torn']));
  });
});

describe('BuildProgress of a failed build', () => {
  test('returns the failed step, not cancelled steps or failed caches', () => {
    const progress = follow(
      step('[other] RUN sleep', { error: 'rpc error: context canceled' }),
      step('importing cache manifest from host/web-cache:layers', {
        error: 'host/web-cache:layers: not found',
      }),
      step('exporting cache to registry', { error: 'denied' }),
      step('exporting to GitHub Actions Cache', { error: 'denied' }),
      step(run),
      output(Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')),
      step(run, { ...done, error: 'exit code: 1' }),
      'Dockerfile:7',
      'ERROR: failed to solve',
    );
    expect(progress.failedStep).toMatchObject({ name: run, error: 'exit code: 1' });
    expect(progress.failedStep?.output).toHaveLength(20);
    expect(progress.failedStep?.output.at(-1)).toBe('line 29');
    expect(progress.failedLine).toBe(7);
  });

  test.each([
    ['ERROR: failed to build: failed to solve: denied', 'denied'],
    ['ERROR: failed to solve: denied', 'denied'],
    ['ERROR: failed to solve', 'failed to solve'],
    ['ERROR: no builder', 'no builder'],
    ['no builder', 'no builder'],
  ])('removes the common prefix of errors: %s', (line, expected) => {
    expect(follow(line).reason).toBe(expected);
  });

  test('accepts a failure without a step and a line', () => {
    const progress = follow('ERROR: no builder');
    expect([progress.failedStep, progress.failedLine]).toEqual([undefined, undefined]);
  });
});

const eof = 'error reading from server: EOF';

test.each([
  [`failed to build: failed to receive status: rpc error: code = Unavailable desc = ${eof}`, true],
  [
    `failed to receive status: rpc error: code = Unavailable desc = closing transport due to: connection error: desc = "${eof}", received prior goaway: code: NO_ERROR, debug data: "graceful_stop"`,
    true,
  ],
  ['failed to get status: rpc error: code = Unavailable desc = timed out waiting for server handshake', true],
  ['rpc error: code = Internal desc = stream terminated by RST_STREAM with error code: PROTOCOL_ERROR', true],
  [`failed to build: failed to solve: Unavailable: ${eof}`, true],
  ['failed to solve: Canceled: context canceled', false],
  [
    'failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: dial unix /run/b.sock: connect: no such file or directory"',
    false,
  ],
  ['failed to solve: node: failed to resolve source metadata: read tcp: connection reset by peer', false],
])('recognises a broken connection to BuildKit: %s: %s', (error, expected) => {
  const progress = follow(step('[internal] load build context'), `ERROR: ${error}`);
  expect(progress.brokenConnection !== undefined).toBe(expected);
});

test('a step that the broken connection ended is not the failed step, but any other failed step is', () => {
  const error = `rpc error: code = Unavailable desc = ${eof}`;
  const lost = follow(step('[internal] load build context', { error }), `ERROR: failed to solve: ${error}`);
  expect(lost).toMatchObject({ failedStep: undefined, brokenConnection: error });
  const failed = follow(step(run, { error: 'exit code: 1' }), `ERROR: failed to solve: ${error}`);
  expect(failed).toMatchObject({ failedStep: { name: run }, brokenConnection: undefined });
});

test.each([
  { name: 'exporting cache to registry', error: 'denied', expected: { written: 'denied' } },
  { name: 'exporting cache to client directory', error: 'no space', expected: { written: 'no space' } },
  { name: 'exporting to GitHub Actions Cache', error: '403', expected: { written: '403' } },
  { name: 'importing cache manifest from host/web-cache:layers', error: '401', expected: { read: '401' } },
  { name: 'importing cache manifest from host/web-cache:layers', error: 'host/x: not found', expected: {} },
])('reports a failed cache separately: $name: $error', ({ name, error, expected }) => {
  const progress = follow(step(name, { ...done, error }));
  expect(progress.cacheFailures).toEqual({ read: undefined, written: undefined, ...expected });
  expect(progress.failedStep).toBeUndefined();
});

test('returns each warning of a build check once, with its line', () => {
  const warning = {
    short: base64('FromAsCasing: casing (line 1)'),
    detail: [base64('They should match')],
    url: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
    range: [{ start: { line: 1 } }],
  };
  const progress = follow({ warnings: [warning] }, { warnings: [warning, { short: base64('Other') }] });
  expect(progress.checks).toEqual([
    {
      message: 'FromAsCasing: casing (line 1)',
      detail: 'They should match',
      url: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
      line: 1,
    },
    { message: 'Other', detail: '', url: undefined, line: undefined },
  ]);
});

describe('progress in a format that is not known', () => {
  test.each([
    '{"vertexes":{"sha256:a":{}}}',
    '{"vertexes":[{"digest":1,"name":[]}]}',
    '{"logs":"text"}',
    '{"warnings":[3]}',
    '{"vertexes":[null]}',
  ])('%s is kept as a line, and nothing is thrown', (line) => {
    expect(follow(line).lines()).toEqual([line]);
  });

  test('does not lose what is known of a step', () => {
    const odd = {
      vertexes: [{ digest: 'sha256:a', name: '[1/1] RUN true', started: 5, inputs: {}, cached: 'yes' }],
    };
    expect(follow(odd).lines()).toEqual(['[1/1] RUN true']);
  });
});

test('keeps the last lines of a build that prints 200 MB', () => {
  const progress = follow(step(run));
  const data = base64(`${'x'.repeat(1000)}\n`.repeat(1000));
  const line = JSON.stringify({ logs: [{ vertex: `sha256:${run}`, data }] });
  for (let count = 0; count < 200; count += 1) progress.add(line);
  for (let count = 0; count < 10_000; count += 1) progress.add(`line ${count} ${'y'.repeat(100)}`);
  const kept = progress.lines();
  expect(kept.join('').length).toBeLessThan(200_000);
  expect(kept.at(-1)).toContain('line 9999');
});
