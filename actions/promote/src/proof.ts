import { writeFileInside } from '@towpath/files';
import type { Journal, Runtime } from '@towpath/flow';
import {
  promotionPredicateType,
  promotionStatement,
  subjectChecksums,
  type EnvironmentEntry,
} from '@towpath/ledger';
import { imagesOf } from '@towpath/oci';
import { registryUri } from '@towpath/reference';
import { join } from 'node:path';
import type { PromotePlan } from './plan.ts';

/** The files that state a promotion, by their outputs. */
export interface Proof {
  /** The path of the in-toto statement. */
  readonly statement: string;
  /** The path of its predicate, for `actions/attest`. */
  readonly predicate: string;
  /** The path of its subjects in the form of sha256sum, for `actions/attest`. */
  readonly subjects: string;
  readonly 'predicate-type': string;
}

/**
 * Writes the in-toto statement about a promotion into the temporary folder of the job, whole and in the parts that
 * `actions/attest` signs.
 *
 * @param isRecorded whether the entry is in a ledger
 */
export async function writeProof(
  { images, record: { ledger } }: PromotePlan,
  entry: EnvironmentEntry,
  isRecorded: boolean,
  { temp }: Pick<Runtime, 'temp'>,
  journal: Journal,
): Promise<Proof> {
  const platforms = new Map(
    images.map(({ root }) => [
      root.digest as string,
      root.kind === 'index' ? imagesOf(root).map(({ digest }) => digest) : [],
    ]),
  );
  const [{ location } = ledger] = images;
  const statement = promotionStatement(entry, {
    registry: registryUri(location.registry),
    isRecorded,
    platforms,
  });
  // A later step can promote to another environment.
  const folder = join(temp, 'towpath-promotion', entry.environment);
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFileInside(temp, path, content);
    journal.wrote(`file ${path}`);
    return path;
  };
  return {
    statement: await write('statement.json', `${JSON.stringify(statement, undefined, 2)}\n`),
    predicate: await write('predicate.json', `${JSON.stringify(statement.predicate, undefined, 2)}\n`),
    subjects: await write('subjects.sha256', subjectChecksums(statement)),
    'predicate-type': promotionPredicateType,
  };
}
