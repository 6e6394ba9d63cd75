import type { Instruction } from '@towpath/dockerfile';
import type { Edit } from '../edits.ts';
import type { LintStage, Step, Subject } from '../subject.ts';

/** An instruction with its stage. The instructions before the first stage have none. */
export interface OwnStep {
  readonly instruction: Instruction;
  readonly isTrigger: boolean;
  readonly stage?: LintStage;
  readonly step?: Step;
}

/** Returns all instructions except `FROM`, those before the first stage among them. */
export function ownSteps({ globals, stages }: Subject): readonly OwnStep[] {
  return [
    ...globals.map((instruction) => ({ instruction, isTrigger: false })),
    ...stages.flatMap((stage) =>
      stage.steps.map((step) => ({ instruction: step.instruction, isTrigger: step.isTrigger, stage, step })),
    ),
  ];
}

/** Returns the target. */
export function shippedStage(stages: readonly LintStage[]): LintStage | undefined {
  return stages.findLast(({ isShipped }) => isShipped);
}

/** Where the variable of an instruction stays. */
export interface Keeping {
  /** Whether the image keeps it. */
  readonly isShipped: boolean;
  /** For messages. */
  readonly where: 'the image' | 'the build cache' | 'the repository';
}

/** Returns where the variables of a stage stay. Those before the first stage are for `FROM` lines, in no image. */
export function keptIn(stage: LintStage | undefined): Keeping {
  if (stage === undefined) return { isShipped: false, where: 'the repository' };
  return { isShipped: stage.isShipped, where: stage.isShipped ? 'the image' : 'the build cache' };
}

/** Returns the edit that deletes an instruction. */
export function withoutInstruction({ line, lastLine }: Instruction): readonly Edit[] {
  return [{ kind: 'delete', from: line, to: lastLine }];
}
