import { ruleOf, type LintFinding, type LintSeverity } from '@towpath/dockerfile-rules';
import { serialise, type SarifFile, type SarifLevel, type SarifResult, type SarifRule } from '@towpath/sarif';
import type { CheckedFile } from '../check.ts';

const home = 'https://github.com/towpath/towpath';

/** The page about a rule. */
function ruleUri(rule: string): string {
  return `${home}/blob/main/docs/lint.md#${rule}`;
}

const levels: Readonly<Record<LintSeverity, SarifLevel>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};
const order: readonly SarifLevel[] = ['error', 'warning', 'note'];

/** Returns the findings as a SARIF file. Findings that were turned off are in it as suppressed. */
export function formatSarif(files: readonly CheckedFile[]): SarifFile {
  const results = files.flatMap(({ findings, suppressed }) => [
    ...findings.map((finding) => resultOf(finding)),
    ...suppressed.map(({ finding, reason }) => resultOf(finding, reason)),
  ]);
  const rules = new Set(results.map(({ rule }) => rule));
  return serialise({ name: 'Towpath', uri: home }, [
    {
      category: 'lint',
      rules: [...rules].map(describeRule),
      results: results.sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level)),
    },
  ]);
}

function resultOf(
  { rule, severity, file, line, message, hint }: LintFinding,
  suppression?: string,
): SarifResult {
  return {
    rule,
    level: levels[severity],
    message: `${message} ${hint}`.trim(),
    location: { file, line },
    identity: [file, message],
    ...(suppression !== undefined && { suppression }),
  };
}

function describeRule(id: string): SarifRule {
  const rule = ruleOf(id);
  if (rule === undefined) return { id, summary: id, help: { text: id, markdown: id }, tags: ['dockerfile'] };
  const { title, why, fix, security } = rule;
  return {
    id,
    summary: title,
    description: why,
    help: { text: `${why}\n${fix}`, markdown: `${why}\n\n**Fix:** ${fix}` },
    uri: ruleUri(id),
    tags: ['dockerfile', ...(security === undefined ? [] : ['security'])],
    ...(security !== undefined && { securitySeverity: security }),
  };
}
