import js from '@eslint/js';
import { beside, runtimes } from '@towpath/workspace/layers';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  {
    ignores: [
      '**/dist/',
      '**/.demo/',
      '.release/',
      '.nx/',
      'docs/site/.astro/',
      'docs/site/public/mermaid.js',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { eqeqeq: 'error', 'no-console': 'error', 'no-undef': 'off' },
  },
  {
    files: ['{packages,actions,tools}/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name: a name can be searched for.' },
      ],
    },
  },
  {
    files: ['{actions,packages}/**/*.ts'],
    ignores: [`packages/{${[...runtimes, ...beside].join()}}/**`, '**/*.{test,slow}.ts', '**/harness/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Use the Runtime.' }],
    },
  },
  {
    files: ['{packages,actions}/*/src/**/*.ts'],
    ignores: [
      '**/*.test.ts',
      '**/*.slow.ts',
      '**/harness/**',
      `packages/{${['concurrency', ...beside].join()}}/**`,
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['all', 'race', 'any'].map((property) => ({
          object: 'Promise',
          property,
          message:
            'It leaves promises running behind a failure: use forAll or waitForAll of @towpath/concurrency.',
        })),
      ],
    },
  },
  {
    files: ['packages/ecr/src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@aws-sdk/client-',
              importNamePattern: 'Exception$',
              message:
                'Bundles have no exception classes (tools/bundle/plugins.ts): compare the name of the error.',
            },
          ],
        },
      ],
    },
  },
);
