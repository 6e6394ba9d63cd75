import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The schema of OASIS, as the package of the SARIF SDK ships it.
const schemaFile = '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';

/** Checks a log of SARIF. Returns what is wrong. */
export type SarifCheck = (log: object) => readonly unknown[];

/** Reads the schema of SARIF 2.1.0. Few tests need it, so it is loaded here. */
export async function sarifCheck(): Promise<SarifCheck> {
  const { Ajv } = await import('ajv');
  const file = createRequire(import.meta.url).resolve(schemaFile);
  // Ajv does not support draft-04. Apart from `id`, the schema uses keywords that draft-07 has, too.
  const { $schema: draft, id, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  if (!String(draft).includes('draft-04') || !String(id).includes('sarif-2.1.0-rtm'))
    throw new Error(`${schemaFile} is not the schema of SARIF 2.1.0`);
  const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);
  return (log) => (isSarif(log) ? [] : (isSarif.errors ?? []));
}
