import { expect, test } from '@jest/globals';
import { finalStage } from './final-stage.ts';

const options = { args: new Map<string, string>(), platforms: [] };

function linesOf(
  text: string,
  target?: string,
): { from: number; installs: Record<string, number> } | undefined {
  const found = finalStage(text, { ...options, target });
  return found && { from: found.from, installs: Object.fromEntries(found.installs) };
}

test('the base image is the one below the stages that the final stage is based on', () => {
  const text = [
    'FROM golang AS build',
    'RUN apt-get install git',
    'FROM debian AS base',
    'RUN apt-get install -y curl',
    'FROM base',
    'COPY --from=build /a /a',
    'RUN apk add jq',
  ].join('\n');
  expect(linesOf(text)).toEqual({ from: 3, installs: { curl: 4, jq: 7 } });
  expect(linesOf(text, 'build')).toEqual({ from: 1, installs: { git: 2 } });
  expect(linesOf('ARG A=1')).toBeUndefined();
});

test('a package has the line of its name in the step that installs it', () => {
  const text = `FROM debian
RUN apt-get update && apt-get install -y --no-install-recommends \\
      openssl=3.0.1-1 \\
      "libssl3" \\
 && tar xf a.tar; echo curl
RUN npm install lodash@4.17.0 @acme/shop@1 && pip install 'flask==2.0' requests>=2`;
  expect(linesOf(text)).toEqual({
    from: 1,
    installs: { openssl: 3, libssl3: 4, lodash: 6, '@acme/shop': 6, flask: 6, requests: 6 },
  });
});
