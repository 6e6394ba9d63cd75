import { forAll } from '@towpath/concurrency';
import { CodedError, type FilePosition, type Problem } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import type { PartialPolicy, VexStatement } from '@towpath/scan-policy';
import type { Config } from './config.ts';
import { insideWorkspace } from './paths.ts';

/** The maximum number of OpenVEX documents of a configuration. */
const maxFiles = 50;

/** Megabytes are enough for the 20,000 statements that a document can have. */
const maxBytes = 8_388_608;

/** An OpenVEX document, and the position of its path in the configuration. */
interface VexFile {
  readonly file: string;
  readonly position: FilePosition;
}

type PositionOf = (path: readonly PropertyKey[]) => FilePosition;

/** What was read, and every document that is missing or invalid. */
interface VexReading<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** Reads the OpenVEX documents of all gates. */
export async function withVex(
  config: Config,
  workspace: string,
  positionOf: PositionOf,
): Promise<VexReading<Config>> {
  const { documents, problems } = await readDocuments(filesOf(config, positionOf), workspace);
  if (documents.size === 0) return { value: config, problems };
  const environments = config.environments.map((one) =>
    one.gate === undefined || one.gate === 'off' ? one : { ...one, gate: addStatements(one.gate, documents) },
  );
  return { value: { ...config, gate: addStatements(config.gate, documents), environments }, problems };
}

/** Reads the OpenVEX documents of one policy. */
export async function policyWithVex(
  policy: PartialPolicy,
  workspace: string,
  positionOf: PositionOf,
): Promise<VexReading<PartialPolicy>> {
  const { vexFiles = [] } = policy;
  const files = vexFiles.map((file, index) => ({ file, position: positionOf(['vex', index]) }));
  const { documents, problems } = await readDocuments(files, workspace);
  return { value: addStatements(policy, documents), problems };
}

function addStatements<P extends PartialPolicy>(
  policy: P,
  documents: ReadonlyMap<string, readonly VexStatement[]>,
): P {
  const { vexFiles = [] } = policy;
  if (vexFiles.length === 0) return policy;
  // The documents of a policy file that the gate names are read already.
  const { vex = [] } = policy;
  return { ...policy, vex: [...vex, ...[...new Set(vexFiles)].flatMap((file) => documents.get(file) ?? [])] };
}

/** An environment inherits the documents of the file, before its own. */
function filesOf({ gate, environments }: Config, positionOf: PositionOf): readonly VexFile[] {
  const inherited = gate.vexFiles ?? [];
  const ofFile = inherited.map((file, index) => ({ file, position: positionOf(['gate', 'vex', index]) }));
  const ofEnvironments = environments.flatMap(({ name, gate: one }) =>
    one === undefined || one === 'off'
      ? []
      : (one.vexFiles ?? []).slice(inherited.length).map((file, index) => ({
          file,
          position: positionOf(['environments', name, 'gate', 'vex', index]),
        })),
  );
  return [...ofFile, ...ofEnvironments];
}

async function readDocuments(
  files: readonly VexFile[],
  workspace: string,
): Promise<{
  readonly documents: ReadonlyMap<string, readonly VexStatement[]>;
  readonly problems: readonly Problem[];
}> {
  // The first use of a file is the one that messages name.
  const distinct = [...new Map(files.toReversed().map((one) => [one.file, one])).values()].toReversed();
  const [tooMany] = distinct.slice(maxFiles);
  if (tooMany !== undefined) {
    const message = `The policies have more than ${maxFiles} OpenVEX documents.`;
    return {
      documents: new Map(),
      problems: [{ code: 'config-invalid', message, position: tooMany.position }],
    };
  }
  const readings = await forAll(distinct, async (one) => ({ one, reading: await read(one, workspace) }));
  return {
    documents: new Map(
      readings.map(({ one, reading }) => [one.file, 'statements' in reading ? reading.statements : []]),
    ),
    problems: readings.flatMap(({ reading }) => ('problems' in reading ? reading.problems : [])),
  };
}

type Reading = { readonly statements: readonly VexStatement[] } | { readonly problems: readonly Problem[] };

async function read({ file, position }: VexFile, workspace: string): Promise<Reading> {
  const text = await readText(file, workspace);
  if (typeof text !== 'string') return { problems: text.map((one) => ({ ...one, position })) };
  // Most configurations have no OpenVEX document.
  const { parseVex } = await import('@towpath/scan-policy/vex');
  const reading = parseVex(file, text);
  if ('statements' in reading) return reading;
  const hint = 'Fix the document, or remove it from vex.';
  return {
    problems: reading.problems.map((message) => ({ code: 'config-invalid', message, hint, position })),
  };
}

/** Returns the text of a document, or why it cannot be read. */
async function readText(file: string, workspace: string): Promise<string | readonly Problem[]> {
  try {
    const path = insideWorkspace(workspace, file);
    return await readTextWithin(path, { code: 'config-invalid', name: file, maxBytes });
  } catch (error) {
    if (error instanceof CodedError) return error.problems;
    const message = `The OpenVEX document ${file} cannot be read.`;
    return [
      { code: 'config-invalid', message, hint: 'Paths in vex are relative to the root of the repository.' },
    ];
  }
}
