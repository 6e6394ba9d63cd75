import { expect, test } from '@jest/globals';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { readActions } from './action-metadata.ts';

/** An issue form (GitHub docs, "Syntax for GitHub's form schema"). */
const form = z.strictObject({
  name: z.string().min(3),
  description: z.string().min(3),
  labels: z.array(z.string()),
  body: z
    .array(
      z.strictObject({
        type: z.enum(['dropdown', 'input', 'textarea']),
        id: z.string().regex(/^[\w-]+$/),
        attributes: z.strictObject({
          label: z.string(),
          description: z.string().optional(),
          placeholder: z.string().optional(),
          options: z.array(z.string()).optional(),
          render: z.string().optional(),
        }),
        validations: z.strictObject({ required: z.boolean() }).optional(),
      }),
    )
    .refine((fields) => new Set(fields.map(({ id }) => id)).size === fields.length),
});

test.each(globSync('.github/ISSUE_TEMPLATE/!(config).yml'))(
  '%s is an issue form that GitHub accepts',
  (path) => {
    expect(form.safeParse(parse(readFileSync(path, 'utf8'))).error).toBeUndefined();
  },
);

test('the issue form for bugs lists every action', async () => {
  const { body } = form.parse(parse(readFileSync('.github/ISSUE_TEMPLATE/bug.yml', 'utf8')));
  const listed = body.find(({ id }) => id === 'action')?.attributes.options;
  expect(listed).toEqual(expect.arrayContaining((await readActions()).map(({ folder }) => folder)));
});

test('every path with an owner exists', () => {
  const lines = readFileSync('.github/CODEOWNERS', 'utf8').split('\n');
  const paths = lines.flatMap((line) => /^\/(?<path>\S+)/.exec(line)?.groups?.path ?? []);
  expect(paths.length).toBeGreaterThan(3);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('the links of the page for new issues lead to pages of this repository', () => {
  const { contact_links: links } = parse(readFileSync('.github/ISSUE_TEMPLATE/config.yml', 'utf8')) as {
    contact_links: readonly { url: string }[];
  };
  const pages = links.flatMap(({ url }) => /\/blob\/main\/(?<page>.+)$/.exec(url)?.groups?.page ?? []);
  expect(pages.length).toBeGreaterThan(0);
  expect(pages.filter((page) => !existsSync(page))).toEqual([]);
});
