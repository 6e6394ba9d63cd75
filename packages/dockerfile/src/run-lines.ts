import { DockerfileParser, From, ModifiableInstruction, type Instruction } from 'dockerfile-ast';

/** A stage as far as it is needed to know where its programs run. */
interface Stage {
  readonly name: string | undefined;
  /** The image or the stage that it starts from. */
  readonly base: string;
  /** As written in `--platform`. */
  readonly platform: string | undefined;
  readonly instructions: readonly Instruction[];
}

/**
 * The lines, from 1, of the `RUN` instructions that run programs of the target's platform: what runs in a stage that
 * is `FROM --platform=$BUILDPLATFORM`, or in one that the target does not need, is none of them.
 *
 * @param target the last stage when absent
 */
export function runLines(text: string, target?: string): readonly number[] {
  const stages = readStages(text);
  const last = target === undefined ? stages.length - 1 : indexOf(target, stages, stages.length);
  const needed = new Set<number>();
  const visit = (index: number): void => {
    const stage = stages[index];
    if (stage === undefined || needed.has(index)) return;
    needed.add(index);
    for (const name of [stage.base, ...stage.instructions.flatMap(sources)])
      visit(indexOf(name, stages, index));
  };
  visit(last);
  return [...needed]
    .sort((one, other) => one - other)
    .filter((index) => !isOfBuilder(index, stages))
    .flatMap((index) => stages[index]?.instructions ?? [])
    .filter((instruction) => instruction.getKeyword() === 'RUN')
    .map((instruction) => instruction.getRange().start.line + 1);
}

function readStages(text: string): readonly Stage[] {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction instanceof From) {
      stages.push({
        name: instruction.getBuildStage()?.toLowerCase(),
        base: instruction.getImage() ?? '',
        platform: instruction.getPlatformFlag()?.getValue() ?? undefined,
        instructions: [],
      });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Stages are named by what stands above, by name or by number; an image is none: -1. */
function indexOf(name: string, stages: readonly Stage[], before: number): number {
  const above = stages.slice(0, before);
  const named = above.findLastIndex((stage) => stage.name === name.toLowerCase());
  if (named >= 0 || !/^\d+$/.test(name)) return named;
  return Number(name) < above.length ? Number(name) : -1;
}

/** What `COPY --from` and `RUN --mount=from` take from. */
function sources(instruction: Instruction): string[] {
  if (!(instruction instanceof ModifiableInstruction)) return [];
  return instruction.getFlags().flatMap((flag) => {
    if (flag.getName() === 'from') return flag.getValue() ?? [];
    return flag.getName() === 'mount' ? (flag.getOption('from')?.getValue() ?? []) : [];
  });
}

/** A stage that starts from another one has its platform. */
function isOfBuilder(index: number, stages: readonly Stage[]): boolean {
  const stage = stages[index];
  if (stage === undefined) return false;
  if (stage.platform !== undefined) return /\$\{?BUILDPLATFORM\b/.test(stage.platform);
  return isOfBuilder(indexOf(stage.base, stages, index), stages);
}
