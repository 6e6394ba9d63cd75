import { expect, test } from '@jest/globals';
import { read } from './harness/towpath-yaml.ts';

test.each([
  { text: 'images: [web, api]', hint: 'Write a map: images: { web: {}, api: {} }.' },
  { text: 'images: [{ name: web, context: . }]', hint: 'Write a map: images: { web: { … } }.' },
  { text: 'images: [{ web: {} }]', hint: 'Write a map: images: { web: { … } }.' },
  { text: 'images: []', hint: 'Write a map: images: { web: { context: . } }.' },
  {
    text: 'images: { web: {} }\nenvironments: [dev, prod]',
    hint: 'Write a map: environments: { dev: { from: build }, prod: { from: dev } }.',
  },
  {
    text: 'images: { web: {} }\nenvironments: dev',
    hint: 'Write a map: environments: { dev: { from: build } }.',
  },
  {
    text: 'images: { web: {} }\nenvironments: { dev: build }',
    hint: 'Write a map: dev: { from: build }.',
  },
  { text: 'images: { web: }', hint: 'Write a map: web: { context: . }.' },
  { text: 'images: { web: services/web }', hint: 'Write a map: web: { context: services/web }.' },
  { text: 'images: { web: { args: [A] } }', hint: 'Write a map: args: { A: "" }.' },
  {
    text: 'images: { web: { secrets: [npm-token] } }',
    hint: 'Write a map: secrets: { npm-token: { env: NPM_TOKEN } }.',
  },
  { text: 'images: { web: { contexts: [lib] } }', hint: 'Write a map: contexts: { lib: path/to/lib }.' },
  { text: 'images: { web: { args: "A=1" } }', hint: 'Write a map: args: { A: "1" }.' },
  { text: 'images: { web: { args: [A=1, B=x y] } }', hint: 'Write a map: args: { A: "1", B: "x y" }.' },
  {
    text: 'images: { web: { platforms: "linux/amd64, linux/arm64" } }',
    hint: 'Write a list: platforms: [linux/amd64, linux/arm64].',
  },
  { text: 'images: { web: {} }\ntags: "{version}"', hint: 'Write a list: tags: ["{version}"].' },
])('gives an example for a list instead of a map, or a map instead of a list: $text', ({ text, hint }) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ hint }));
});
