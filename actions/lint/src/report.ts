import { lintSeverities, type LintFinding, type LintSeverity } from '@towpath/dockerfile-rules';
import type { Problem } from '@towpath/errors';
import type { Annotation, Level, Report } from '@towpath/flow';
import { code, details, formatCount, heading, md, page, table, type Markdown } from '@towpath/markdown';
import type { LintFiles } from './execute.ts';
import type { LintPlan } from './plan.ts';

/** Annotations of a step that GitHub shows of each level (GitHub docs, "Workflow commands"). */
const maxAnnotations = 10;

export function report(plan: LintPlan, written: LintFiles): Report {
  const { counts, failOn, notes } = plan;
  const findings = bySeverity(plan);
  const failing = findings.filter((one) => fails(one, failOn));
  const others = findings.filter((one) => !fails(one, failOn));
  return {
    outputs: {
      findings: String(findings.length),
      errors: String(counts.error),
      warnings: String(counts.warning),
      infos: String(counts.info),
      fixed: JSON.stringify(plan.fixed.map(({ file }) => file)),
      text: written.text ?? '',
      json: written.json ?? '',
      sarif: written.sarif ?? '',
      junit: written.junit ?? '',
      'code-quality': written.codeQuality ?? '',
    },
    annotations: [...notes, ...annotate(others)],
    refusals: failing.map(problemOf),
    summary: summarise(plan, findings),
  };
}

function bySeverity({ files }: LintPlan): readonly LintFinding[] {
  const rank = ({ severity }: LintFinding) => lintSeverities.indexOf(severity);
  return files.flatMap(({ findings }) => findings).sort((one, other) => rank(one) - rank(other));
}

function fails({ severity }: LintFinding, failOn: LintPlan['failOn']): boolean {
  return failOn !== 'never' && lintSeverities.indexOf(severity) <= lintSeverities.indexOf(failOn);
}

function problemOf({ rule, message, hint, file, line }: LintFinding): Problem {
  return {
    code: 'lint-failed',
    message: `${rule}: ${message}`,
    hint,
    position: { file, line },
  };
}

const levels: Readonly<Record<LintSeverity, Level>> = {
  error: 'warning',
  warning: 'warning',
  info: 'notice',
};

/** Returns as many annotations as GitHub shows. The summary has all findings. */
function annotate(findings: readonly LintFinding[]): readonly Annotation[] {
  const all = findings.map(({ severity, rule, message, hint, file, line }) => ({
    level: levels[severity],
    title: rule,
    message: `${message} ${hint}`.trim(),
    position: { file, line },
  }));
  return (['warning', 'notice'] as const).flatMap((level) =>
    all.filter((one) => one.level === level).slice(0, maxAnnotations),
  );
}

/** Rows of a table. GitHub drops a summary above 1 MiB. */
const maxRows = 500;

function summarise(plan: LintPlan, findings: readonly LintFinding[]): Markdown {
  const { files, fixed, tools, counts } = plan;
  const suppressed = files.flatMap((one) => one.suppressed);
  const main = findings.filter(({ severity }) => severity !== 'info');
  const infos = findings.filter(({ severity }) => severity === 'info');
  const checked = `${formatCount(files.length, 'Dockerfile')} checked${tools.length === 0 ? '' : `, also by ${tools.join(' and ')}`}.`;
  return page(
    heading(
      3,
      [
        formatCount(counts.error, 'error'),
        formatCount(counts.warning, 'warning'),
        formatCount(counts.info, 'info'),
      ].join(', '),
    ),
    checked,
    fixed.length === 0 ? undefined : `Fixed: ${fixed.map(({ file }) => file).join(', ')}.`,
    main.length === 0 ? undefined : listFindings(main),
    infos.length === 0 ? undefined : details(formatCount(infos.length, 'info'), listFindings(infos)),
    suppressed.length === 0
      ? undefined
      : details(
          `${formatCount(suppressed.length, 'finding')} turned off`,
          table(
            ['Line', 'Rule', 'Reason'],
            suppressed
              .slice(0, maxRows)
              .map(({ finding: { file, line, rule }, reason }) => [code(`${file}:${line}`), rule, reason]),
          ),
        ),
  );
}

function listFindings(findings: readonly LintFinding[]): Markdown {
  const rows = findings
    .slice(0, maxRows)
    .map(({ severity, rule, file, line, message, hint, also }) => [
      severity,
      code(`${file}:${line}`),
      [rule, ...also].join(', '),
      md`${message} ${hint}`,
    ]);
  const shown = table(['Severity', 'Line', 'Rule', 'Finding'], rows);
  if (findings.length <= maxRows) return shown;
  return page(shown, `${findings.length - maxRows} more are not shown. The reports have all findings.`);
}
