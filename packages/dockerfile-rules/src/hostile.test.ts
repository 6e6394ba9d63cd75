import { expect, test } from '@jest/globals';
import { inTime } from '@towpath/fuzz';
import { applyEdits, lint } from './index.ts';

const images = ['alpine:3.22', 'debian:13.1', 'node:22.11.0', 'python:3.13.0', 'golang:1.25.1', 'scratch'];
const steps = [
  'RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
  'RUN apk add --no-cache curl=8.14.1-r2',
  'RUN pip install --no-cache-dir -r requirements.txt',
  'RUN <<EOF\nset -eu\ncd /tmp && make\nEOF',
  'COPY --from=build /app /app',
  'COPY package.json ./',
  'ENV PATH=/app/bin:$PATH LANG=C.UTF-8',
  'ARG VERSION=1.2.3',
  'WORKDIR /app',
  'EXPOSE 8080/tcp',
  'LABEL org.opencontainers.image.source=https://github.com/acme/web',
  'HEALTHCHECK --interval=30s CMD ["true"]',
  'STOPSIGNAL SIGTERM',
  'ONBUILD COPY . .',
  'USER 10001',
  'ENTRYPOINT ["/app/web"]',
  'CMD ["serve"]',
];

/** Returns a Dockerfile like those of official images, a different one for each number. */
function dockerfile(number: number): string {
  let state = number + 1;
  const pick = <T>(from: readonly T[]): T | undefined => {
    state = (state * 48_271) % 2_147_483_647;
    return from[state % from.length];
  };
  const body = Array.from({ length: 5 + (number % 40) }, () => pick(steps));
  const line = number % 3 === 0 ? '\r\n' : '\n';
  return [
    'FROM golang:1.25.1 AS build',
    'RUN go build -o /app ./...',
    `FROM ${pick(images) ?? ''}`,
    ...body,
    '',
  ]
    .join('\n')
    .replaceAll('\n', line);
}

test('checks 1,000 Dockerfiles in less than 5 seconds, without a warning for what is usual', () => {
  const texts = Array.from({ length: 1000 }, (_, index) => dockerfile(index));
  const before = process.cpuUsage();
  const found = texts.map((text) => lint({ file: 'Dockerfile', text }).findings);
  // CPU time: other tests run at the same time.
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
  const byRule = new Map<string, number>();
  for (const findings of found)
    for (const rule of new Set(findings.filter(({ severity }) => severity !== 'info').map((one) => one.rule)))
      byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
  // Random order repeats CMD and ENTRYPOINT, which is a mistake indeed.
  const usual = [...byRule].filter(([rule]) => !['command-repeated', 'healthcheck'].includes(rule));
  expect(usual.filter(([, count]) => count > texts.length / 3)).toEqual([]);
});

test('a fixed Dockerfile has nothing left to fix', () => {
  for (let number = 0; number < 200; number += 1) {
    let text = dockerfile(number).replaceAll('--no-cache ', '').replaceAll('COPY package', 'ADD package');
    for (let round = 0; round < 5; round += 1)
      text = applyEdits(text, lint({ file: 'Dockerfile', text }).edits);
    expect(lint({ file: 'Dockerfile', text }).edits).toEqual([]);
  }
});

test.each([
  ['a long line', `FROM a\nRUN ${'a '.repeat(100_000)}`],
  ['many quotes', `FROM a\nRUN ${'"\'\\'.repeat(50_000)}`],
  [
    'many variables',
    `FROM a\nENV ${Array.from({ length: 5000 }, (_, index) => `A${index}=$A${index}`).join(' ')}`,
  ],
  ['many stages', Array.from({ length: 2000 }, (_, index) => `FROM s${index - 1} AS s${index}`).join('\n')],
  ['many heredocs', `FROM a\n${'RUN <<E\napt-get install a\nE\n'.repeat(5000)}`],
  ['a pattern of stars', `FROM a\nCOPY ${'*a'.repeat(2000)} /`],
  ['addresses without an end', `FROM a\nRUN ${'http://a:'.repeat(20_000)}`],
  ['many comments', `${'# towpath ignore=a,b\n'.repeat(20_000)}FROM a`],
  ['many packages', `FROM a\nRUN pip install ${'a '.repeat(100_000)}`],
  [
    'many stages that copy from each other',
    Array.from(
      { length: 5000 },
      (_, index) => `FROM scratch AS s${index}\nCOPY --from=s${index - 1} a b`,
    ).join('\n'),
  ],
  [
    'many findings that comments turn off',
    `FROM a\n${'# towpath ignore=user-root a\nENV A_KEY=$B\n'.repeat(5000)}`,
  ],
  ['many findings of one instruction', `FROM a\n${'CMD a\n'.repeat(20_000)}`],
  ['a deep shell', `FROM a\nRUN ${'sh -c "'.repeat(5000)}`],
])('survives %s in time', (_name, text) => {
  expect(inTime(() => lint({ file: 'Dockerfile', text })).findings.length).toBeGreaterThanOrEqual(0);
});
