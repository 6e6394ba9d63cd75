import type { LintSeverity } from '@towpath/dockerfile-rules';
import type { Annotation, PlannedStep } from '@towpath/flow';
import {
  countFindings,
  formatCodeQuality,
  formatJson,
  formatJunit,
  formatSarif,
  formatText,
  type CheckedFile,
} from '@towpath/lint';
import { formatCount } from '@towpath/markdown';
import type { FixedFile } from './fix.ts';
import type { LintFacts } from './facts.ts';
import type { FailLevel, LintInputs, OutputFiles } from './inputs.ts';

/** A Dockerfile and its findings, without its text. */
export type PlannedFile = Omit<CheckedFile, 'text' | 'edits'>;

/** A report to write. */
export interface PlannedReport {
  readonly format: keyof OutputFiles;
  readonly path: string;
  readonly content: string;
}

export interface LintPlan {
  readonly files: readonly PlannedFile[];
  readonly counts: Readonly<Record<LintSeverity, number>>;
  readonly failOn: FailLevel;
  readonly fixed: readonly FixedFile[];
  readonly reports: readonly PlannedReport[];
  readonly notes: readonly Annotation[];
  readonly tools: readonly string[];
}

export function plan({ failOn, out }: LintInputs, { files, fixed, notes, tools }: LintFacts): LintPlan {
  const sarif = out.sarif === undefined ? undefined : formatSarif(files);
  const contents: Readonly<Record<keyof OutputFiles, () => string>> = {
    text: () => formatText(files),
    json: () => formatJson(files),
    sarif: () => sarif?.parts.join('') ?? '',
    junit: () => formatJunit(files),
    codeQuality: () => formatCodeQuality(files),
  };
  const formats = ['text', 'json', 'sarif', 'junit', 'codeQuality'] as const;
  return {
    files: files.map(({ file, images, findings, suppressed }) => ({ file, images, findings, suppressed })),
    counts: countFindings(files),
    failOn,
    fixed,
    reports: formats.flatMap((format) => {
      const path = out[format];
      return path === undefined ? [] : [{ format, path, content: contents[format]() }];
    }),
    notes: [
      ...notes,
      ...(sarif?.omissions ?? []).map((message): Annotation => ({ level: 'warning', message })),
    ],
    tools,
  };
}

const formatNames: Readonly<Record<keyof OutputFiles, string>> = {
  text: 'text',
  json: 'JSON',
  sarif: 'SARIF',
  junit: 'JUnit XML',
  codeQuality: 'code quality',
};

export function describe({ fixed, reports, files, counts }: LintPlan): readonly PlannedStep[] | undefined {
  const found = counts.error + counts.warning + counts.info;
  const steps = [
    ...fixed.map(({ file, fixes }) => ({
      what: `change ${file}`,
      why: `${formatCount(fixes, 'finding')} can be fixed mechanically`,
    })),
    ...reports.map(({ format, path }) => ({
      what: `write ${path}`,
      why: `${formatCount(found, 'finding')} in ${formatCount(files.length, 'Dockerfile')}, as ${formatNames[format]}`,
    })),
  ];
  return steps.length === 0 ? undefined : steps;
}
