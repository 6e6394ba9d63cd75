import type { Config } from '@towpath/config';
import { lint, type Edit, type LintFinding, type SuppressedFinding } from '@towpath/dockerfile-rules';
import type { LintSubject } from './subjects.ts';

/** The findings of one Dockerfile, for all images that are built from it. */
export interface CheckedFile {
  readonly file: string;
  readonly images: readonly string[];
  readonly text: string;
  readonly findings: readonly LintFinding[];
  readonly suppressed: readonly SuppressedFinding[];
  readonly edits: readonly Edit[];
}

/**
 * Checks Dockerfiles by all rules, and merges the findings of other linters.
 *
 * @param others findings of other linters
 * @param left rules to leave out, because something else reports the same
 */
export function checkSubjects(
  subjects: readonly LintSubject[],
  { lint: settings }: Pick<Config, 'lint'>,
  others: readonly LintFinding[] = [],
  left: readonly string[] = [],
): readonly CheckedFile[] {
  const byFile = Map.groupBy(subjects, ({ file }) => file);
  return [...byFile].map(([file, all]) => {
    const results = all.map(({ text, options }) =>
      lint({ file, text, options, settings, others: others.filter((one) => one.file === file) }),
    );
    const findings = unique(results.flatMap((one) => one.findings)).filter(
      ({ rule }) => !left.includes(rule),
    );
    return {
      file,
      images: all.map(({ image }) => image.name),
      text: all[0]?.text ?? '',
      findings: findings.sort((one, other) => one.line - other.line),
      suppressed: uniqueSuppressed(results.flatMap((one) => one.suppressed)),
      // A fix must be right for every image.
      edits: results.length === 1 ? (results[0]?.edits ?? []) : commonEdits(results.map((one) => one.edits)),
    };
  });
}

function keyOf({ rule, line, message }: LintFinding): string {
  return JSON.stringify([rule, line, message]);
}

function unique(findings: readonly LintFinding[]): LintFinding[] {
  return [...new Map(findings.map((one) => [keyOf(one), one])).values()];
}

function uniqueSuppressed(all: readonly SuppressedFinding[]): readonly SuppressedFinding[] {
  return [...new Map(all.map((one) => [keyOf(one.finding), one])).values()];
}

function commonEdits(all: readonly (readonly Edit[])[]): readonly Edit[] {
  const [first = [], ...rest] = all;
  const isIn = (edits: readonly Edit[], edit: Edit) =>
    edits.some((one) => JSON.stringify(one) === JSON.stringify(edit));
  return first.filter((edit) => rest.every((edits) => isIn(edits, edit)));
}
