import { flagValues, readDockerfile, type Instruction } from './instructions.ts';

/** One stage of a Dockerfile. */
export interface Stage {
  /** In lower case. */
  readonly name: string | undefined;
  /** The image or the stage that it starts from, as written. */
  readonly base: string;
  /** As written in `--platform`. */
  readonly platform: string | undefined;
  /** From 1, of its `FROM`. */
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface StagedDockerfile {
  readonly escape: string;
  /** What stands before the first stage: arguments for the `FROM` lines. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

/** A Dockerfile by its stages. A `FROM` without an image is none. */
export function readStages(text: string): StagedDockerfile {
  const { escape, instructions } = readDockerfile(text);
  const globals: Instruction[] = [];
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    const [base, as, name] = instruction.words.map((word) => word.text);
    if (instruction.keyword !== 'FROM') (stages.at(-1)?.instructions ?? globals).push(instruction);
    else if (base !== undefined) {
      stages.push({
        name: as?.toLowerCase() === 'as' ? name?.toLowerCase() : undefined,
        base,
        platform: flagValues(instruction, 'platform')[0],
        line: instruction.line,
        instructions: [],
      });
    }
  }
  return { escape, globals, stages };
}

/** The stage or the images that an instruction takes from: `COPY --from` and `RUN --mount=from`. */
export function sourcesOf(instruction: Instruction): readonly string[] {
  if (instruction.keyword === 'COPY') return flagValues(instruction, 'from');
  if (instruction.keyword !== 'RUN') return [];
  return flagValues(instruction, 'mount').flatMap((mount) =>
    fieldsOf(mount).flatMap((field) => /^from=(?<from>.+)$/i.exec(field)?.groups?.from ?? []),
  );
}

/** The fields of a line of comma-separated values (RFC 4180). */
function fieldsOf(line: string): readonly string[] {
  const fields = line.matchAll(/(?<=^|,)(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^,]*))/g);
  return Array.from(
    fields,
    ({ groups: { quoted, plain = '' } = {} }) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
