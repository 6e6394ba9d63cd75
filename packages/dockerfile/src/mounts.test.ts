import { expect, test } from '@jest/globals';
import { confidentialMounts, sourcesAt } from './mounts.ts';

test.each([
  { step: 'RUN --mount=type=secret,id=npm npm ci', expected: ['secret npm'] },
  { step: 'RUN --mount=type=secret,id=npm,required npm ci', expected: ['secret npm'] },
  { step: 'RUN --mount=type=secret,target=/root/.npmrc npm ci', expected: ['secret .npmrc'] },
  { step: 'RUN --mount=type=secret,id=a --mount=type=secret,id=b true', expected: ['secret a', 'secret b'] },
  { step: 'RUN --mount=type=secret,"id=a" true', expected: ['secret a'] },
  { step: 'RUN \\\n --mount=type=secret,id=npm \\\n npm ci', expected: ['secret npm'] },
  { step: 'RUN --mount=type=ssh git clone', expected: ['ssh default'] },
  { step: 'RUN --mount=type=ssh,id=key git clone', expected: ['ssh key'] },
  { step: 'RUN --mount=type=cache,id=npm,target=/root/.npm npm ci', expected: [] },
  { step: 'RUN --mount=type=secret true', expected: [] },
  { step: 'RUN echo --mount=type=secret,id=npm', expected: [] },
  { step: '# RUN --mount=type=secret,id=npm npm ci', expected: [] },
])('finds the secrets and SSH agents that a step mounts: $step', ({ step, expected }) => {
  const found = confidentialMounts(`FROM scratch\n${step}\n`);
  expect(found.map(({ type, id }) => `${type} ${id}`)).toEqual(expected);
});

test.each([
  { line: 2, expected: [] },
  { line: 3, expected: ['build'] },
  { line: 5, expected: ['build'] },
  { line: 6, expected: ['tools'] },
  { line: 9, expected: [] },
])('finds what the instruction at line $line takes files from', ({ line, expected }) => {
  const text = `FROM scratch
COPY a /a
COPY --from=build \\
  # the binary
  /b /b
RUN --mount=from=tools,target=/t /t/run
`;
  expect(sourcesAt(text, line)).toEqual(expected);
});
