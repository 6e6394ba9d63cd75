import { isDigest, type Digest } from '@towpath/reference';
import * as z from 'zod';
import { instantOf } from './instants.ts';
import { vexStatuses, type VexComponent, type VexStatement } from './vex.ts';

/** The maximum size of an OpenVEX document, in characters. */
const maxVexLength = 8_388_608;

/** The maximum number of statements of a document. */
const maxStatements = 20_000;

/** The maximum number of products and subcomponents of a document. */
const maxComponents = 100_000;

/** The maximum number of problems of a document. */
const maxProblems = 20;

/** OpenVEX specification 0.2.0, "Status Justifications". */
const justifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;

const text = z.string().max(4096);
const names = z.array(text).max(1000);

const component = z.looseObject({
  '@id': text.optional(),
  identifiers: z.looseObject({ purl: text.optional() }).optional(),
  hashes: z.record(z.string(), z.string()).optional(),
});

const subcomponents = z.array(z.union([text, component])).optional();

const product = component.extend({ subcomponents });

const times = { timestamp: text.optional(), last_updated: text.optional() };

const statement = z.looseObject({
  ...times,
  vulnerability: z.union([
    text,
    z.looseObject({ '@id': text.optional(), name: text.optional(), aliases: names.optional() }),
  ]),
  products: z.array(z.union([text, product])).optional(),
  // A document of version 0.0.x lists the package URLs of products, and those of subcomponents of all of them.
  subcomponents,
  status: z.enum(vexStatuses),
  justification: z.enum(justifications).optional(),
  impact_statement: text.optional(),
});

const document = z.looseObject({
  ...times,
  '@context': z.string().startsWith('https://openvex.dev/ns'),
  statements: z.array(statement).max(maxStatements),
});

type WrittenStatement = z.output<typeof statement>;

/** The statements of a document, or why it is invalid. Each problem is a sentence. */
export type VexReading =
  { readonly statements: readonly VexStatement[] } | { readonly problems: readonly string[] };

/**
 * Parses an OpenVEX document (openvex.dev, versions 0.0 to 0.2). A statement without a product applies to nothing, so
 * it is omitted.
 *
 * @param name of the document, for messages
 */
export function parseVex(name: string, written: string): VexReading {
  if (written.length > maxVexLength)
    return { problems: [`${name} has more than ${maxVexLength} characters.`] };
  const json = parseJson(written);
  if (json === undefined) return { problems: [`${name} is not JSON in UTF-8.`] };
  const parsed = document.safeParse(json);
  if (!parsed.success) return { problems: describe(name, parsed.error.issues) };
  const { statements, ...header } = parsed.data;
  if (countComponents(statements) > maxComponents)
    return { problems: [`${name} has more than ${maxComponents} products and subcomponents.`] };
  const problems: string[] = [];
  const readings = statements.flatMap((one, index): VexStatement[] => {
    const problem = problemOf(one, timeOf(one, header));
    if (problem !== undefined) problems.push(`${name}: statements[${index}] ${problem}`);
    return one.products === undefined || one.products.length === 0
      ? []
      : [read(one, timeOf(one, header), name)];
  });
  return problems.length > 0 ? { problems: problems.slice(0, maxProblems) } : { statements: readings };
}

/** Returns undefined for a text that is not JSON. `null` is no document, either. */
function parseJson(written: string): unknown {
  try {
    return JSON.parse(written.replace(/^\uFEFF/, '')) ?? undefined;
  } catch {
    return undefined;
  }
}

function describe(name: string, issues: readonly z.core.$ZodIssue[]): readonly string[] {
  return issues.slice(0, maxProblems).map(({ path, message }) => {
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return place === ''
      ? `${name} is not an OpenVEX document: ${message}.`
      : `${name}: ${place.replace(/^\./, '')}: ${message}.`;
  });
}

function countComponents(statements: readonly WrittenStatement[]): number {
  let count = 0;
  for (const { products = [], subcomponents: common = [] } of statements)
    for (const one of products) count += 1 + subcomponentsOf(one, common).length;
  return count;
}

type Times = Pick<WrittenStatement, 'timestamp' | 'last_updated'>;

/**
 * Returns the time of a statement. It inherits the time when its document was issued, because a document that adds
 * statements later does not repeat the others (OpenVEX specification 0.2.0, "Inheritance Flow").
 */
function timeOf(one: Times, header: Times): string | undefined {
  return one.last_updated ?? one.timestamp ?? header.timestamp ?? header.last_updated;
}

function problemOf(
  { vulnerability, status, justification, impact_statement: impact }: WrittenStatement,
  time: string | undefined,
): string | undefined {
  if (idsOf(vulnerability).length === 0) return 'names no vulnerability.';
  if (time === undefined) return 'has no timestamp, and neither does the document.';
  if (instantOf(time) === undefined)
    return `has the timestamp ${JSON.stringify(time.slice(0, 50))}. Write it with its offset from UTC, for example 2026-05-01T12:00:00Z.`;
  return status === 'not_affected' && justification === undefined && (impact ?? '') === ''
    ? 'is not_affected without a justification. Add a justification or an impact_statement.'
    : undefined;
}

function read(one: WrittenStatement, time: string | undefined, name: string): VexStatement {
  const why = [one.justification, one.impact_statement].filter((part) => part !== undefined && part !== '');
  return {
    ids: idsOf(one.vulnerability),
    status: one.status,
    products: (one.products ?? []).map((written) => ({
      ...readComponent(written),
      subcomponents: subcomponentsOf(written, one.subcomponents).map(readComponent),
    })),
    ...(why.length > 0 && { justification: why.join(': ') }),
    time: time ?? '',
    document: name,
  };
}

type Written = string | z.output<typeof component>;

/** Returns the subcomponents of a product, or those of its statement. */
function subcomponentsOf(
  written: string | z.output<typeof product>,
  common: readonly Written[] = [],
): readonly Written[] {
  const own = typeof written === 'string' ? [] : (written.subcomponents ?? []);
  return own.length > 0 ? own : common;
}

/** Returns the name of a vulnerability first. A document can identify it by the URL of its page only. */
function idsOf(vulnerability: WrittenStatement['vulnerability']): readonly string[] {
  if (typeof vulnerability === 'string') return vulnerability === '' ? [] : [vulnerability];
  const { '@id': id = '', name, aliases = [] } = vulnerability;
  const own = name ?? id.split('/').at(-1) ?? '';
  return [...new Set([own, ...aliases])].filter((one) => one !== '');
}

function readComponent(written: Written): VexComponent {
  if (typeof written === 'string') return { identifiers: [written], digests: [] };
  const { '@id': id, identifiers, hashes = {} } = written;
  return {
    identifiers: [...new Set([id, identifiers?.purl])].filter((one) => one !== undefined),
    digests: Object.entries(hashes).flatMap(([algorithm, hash]) => readDigest(algorithm, hash)),
  };
}

function readDigest(algorithm: string, hash: string): readonly Digest[] {
  const digest = `sha256:${hash.toLowerCase()}`;
  return /^sha-?256$/i.test(algorithm) && isDigest(digest) ? [digest] : [];
}
