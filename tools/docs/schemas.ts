import { boardSchema } from '@towpath/board';
import { gatePolicySchema, towpathSchema } from '@towpath/config';
import { planFileSchema } from '@towpath/flow';
import { gateReportSchema } from '@towpath/gate';
import { imageSetSchema } from '@towpath/image-set';
import {
  attemptSchema,
  environmentEntrySchema,
  intentSchema,
  promotionStatementSchema,
  releaseSchema,
} from '@towpath/ledger';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { JsonSchema } from './json-schema.ts';
import { describeFile, describeKeys } from './key-table.ts';

/** The definitions with the titles of their JSON Schemas. */
const definitions = {
  board: { title: 'The board: the images of every environment, as Towpath read them', schema: boardSchema },
  towpath: { title: 'The configuration of Towpath, towpath.yaml', schema: towpathSchema },
  'gate-policy': { title: 'The policy of a gate of Towpath', schema: gatePolicySchema },
  intent: { title: 'An intent: the images that a run of Towpath is about to publish', schema: intentSchema },
  release: { title: 'A release: the images of a version that Towpath published', schema: releaseSchema },
  environment: {
    title: 'An entry of an environment: the images that it runs after a promotion or rollback',
    schema: environmentEntrySchema,
  },
  attempt: {
    title: 'An attempt: a promotion or rollback of an environment that was refused or that failed',
    schema: attemptSchema,
  },
  promotion: {
    title: 'The in-toto statement about a promotion',
    schema: promotionStatementSchema,
  },
  plan: { title: 'A plan: what an action of Towpath is about to do', schema: planFileSchema },
  report: { title: 'The report of a gate of Towpath', schema: gateReportSchema },
  images: { title: 'images.json: the images that Towpath built', schema: imageSetSchema },
} as const;

/** Returns the JSON Schemas by their path from the root of the workspace. They describe the files before parsing. */
export async function generateSchemas(): Promise<ReadonlyMap<string, JsonSchema>> {
  const { repository } = JSON.parse(await readFile('package.json', 'utf8')) as { repository: string };
  const base = `https://raw.githubusercontent.com/${repository.replace('github:', '')}/v1`;
  const written = Object.entries(definitions).map(([name, { title, schema }]) => {
    const path = `schemas/${name}.schema.json`;
    const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' });
    const described = describe(name, body as JsonSchema);
    return [path, { $schema, $id: `${base}/${path}`, title, ...described } as JsonSchema] as const;
  });
  return new Map(written);
}

/** Adds the descriptions of keys, which are not part of the zod definitions. */
function describe(name: string, schema: JsonSchema): JsonSchema {
  if (name === 'towpath') return describeFile(schema);
  return name === 'gate-policy' ? describeKeys(schema, 'gate') : schema;
}
