import { towpathSchema } from '@towpath/config';
import { imageSetSchema } from '@towpath/image-set';
import { intentSchema, releaseSchema } from '@towpath/ledger';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** A JSON Schema, as far as the tables of its keys need it. */
export interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
}

/** What each definition is of, for its title. */
const definitions = {
  towpath: { title: 'towpath.yaml, the configuration of Towpath', schema: towpathSchema },
  intent: { title: 'An intent of Towpath, the images that a run is about to publish', schema: intentSchema },
  release: { title: 'A release of Towpath, what a version consists of', schema: releaseSchema },
  images: { title: 'images.json, what a build of Towpath has left', schema: imageSetSchema },
} as const;

/** The JSON Schemas by their path from the root of the workspace. What may be written counts, not what is read from it. */
export async function generateSchemas(): Promise<ReadonlyMap<string, JsonSchema>> {
  const { repository } = JSON.parse(await readFile('package.json', 'utf8')) as { repository: string };
  const base = `https://raw.githubusercontent.com/${repository.replace('github:', '')}/v1`;
  const written = Object.entries(definitions).map(([name, { title, schema }]) => {
    const path = `schemas/${name}.schema.json`;
    const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' });
    return [path, { $schema, $id: `${base}/${path}`, title, ...body } as JsonSchema] as const;
  });
  return new Map(written);
}
