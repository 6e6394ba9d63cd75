/**
 * Extracts the arguments of the ECR resources of Terraform's AWS provider from their types in an npm package.
 *
 *     npm pack @cdktn/provider-aws@25.7.0 && tar xzf cdktn-provider-aws-25.7.0.tgz
 *     node generate.ts package > aws.json
 *
 * The package has 46 MB, so it is no dependency.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument, Block, ProviderSchema } from './schema.ts';

const [folder = ''] = process.argv.slice(2);
const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
};
const files = globSync('lib/ecr-*/index.d.ts', { cwd: folder })
  .filter((file) => !file.includes('ecr-public') && !file.includes('ecrpublic'))
  .sort();
const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
const [, provider = ''] = /providers\/hashicorp\/aws\/([\d.]+)\//.exec(texts.join()) ?? [];
const schema: ProviderSchema = {
  source: `${name} ${version}`,
  provider,
  resources: Object.fromEntries(texts.map(readResource)),
};
process.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);

function readResource(text: string): [string, Block] {
  const [, type = ''] = /static readonly tfResourceType = "(\w+)"/.exec(text) ?? [];
  const interfaces = new Map(
    [...text.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)].map(
      ([, name = '', body = '']) => [name, body] as const,
    ),
  );
  const [config] = [...interfaces].find(([, body]) => body.includes('/docs/')) ?? [''];
  return [type, readBlock(config, interfaces)];
}

/** Each member has a comment with the name of the argument in Terraform. */
function readBlock(name: string, interfaces: ReadonlyMap<string, string>): Block {
  const members = (interfaces.get(name) ?? '').matchAll(
    /#(\w+) \w+#\w+\}.*?readonly \w+(\?)?: (\{\n.*?\}|[^;]*);/gs,
  );
  return Object.fromEntries(
    [...members].map(([, argument = '', optional, type = '']) => [
      argument,
      { ...(optional === undefined && { required: true as const }), ...readType(type, interfaces) },
    ]),
  );
}

function readType(type: string, interfaces: ReadonlyMap<string, string>): Argument {
  const [, name = '', many] = /^(\w+)(\[\])?/.exec(type) ?? [];
  if (interfaces.has(name))
    return { block: readBlock(name, interfaces), ...(many !== undefined && { many: true }) };
  if (type.startsWith('{')) return { type: 'map' };
  if (many !== undefined) return { type: 'list' };
  return { type: name === 'boolean' ? 'bool' : name === 'number' ? 'number' : 'string' };
}
