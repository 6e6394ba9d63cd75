import { execForm, flagValues } from '@towpath/dockerfile';
import { commandsOf, type ShellCommand } from './shell.ts';
import type { LintStage, Step, Subject } from './subject.ts';

/** A `RUN` with its commands. */
export interface Run {
  readonly stage: LintStage;
  readonly step: Step;
  readonly commands: readonly ShellCommand[];
  /** The folders of its cache and tmpfs mounts: nothing in them stays in the image. */
  readonly mounted: readonly string[];
}

const known = new WeakMap<Subject, readonly Run[]>();

/** Returns every `RUN` of all stages. */
export function runsOf(subject: Subject): readonly Run[] {
  const found = known.get(subject) ?? readRuns(subject);
  known.set(subject, found);
  return found;
}

function readRuns({ stages }: Subject): readonly Run[] {
  const shells = new Map<LintStage, string>();
  return stages.flatMap((stage) => {
    let shell = (stage.parent && shells.get(stage.parent)) ?? 'sh';
    const runs: Run[] = [];
    for (const step of stage.steps) {
      const { instruction } = step;
      if (instruction.keyword === 'SHELL') shell = execForm(instruction)?.[0] ?? shell;
      if (instruction.keyword !== 'RUN') continue;
      const mounted = flagValues(instruction, 'mount').flatMap((mount) => {
        const isTemporary = /(?:^|,)type=(?:cache|tmpfs)(?:,|$)/.test(mount);
        const { target } = /(?:^|,)(?:target|dst|destination)=(?<target>[^,]+)/.exec(mount)?.groups ?? {};
        return isTemporary && target !== undefined ? [target.replace(/\/+$/, '')] : [];
      });
      runs.push({ stage, step, commands: commandsOf(instruction, shell), mounted });
    }
    shells.set(stage, shell);
    return runs;
  });
}
