import { lint, rules, type Rule } from '@towpath/dockerfile-rules';

/** Returns the table of all rules, and the section of each rule. */
export function listRules(): string {
  const rows = rules.map((rule) =>
    [
      `[\`${rule.id}\`](#${rule.id})`,
      rule.severity,
      rule.title,
      isFixable(rule) ? 'yes' : '',
      [...(rule.buildkit ?? []), ...(rule.hadolint ?? [])].join(', '),
    ].join(' | '),
  );
  const header = ['Rule', 'Severity', 'Reports', 'Fixed by `fix`', 'The same in BuildKit and hadolint'];
  return [
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row} |`),
    '',
    ...rules.map(describeRule),
  ].join('\n');
}

function isFixable({ id, example: { bad, options } }: Rule): boolean {
  const { findings } = lint({ file: 'Dockerfile', text: bad, ...(options && { options }) });
  return findings.some(({ rule, isFixable: can }) => rule === id && can);
}

function describeRule({ id, severity, title, why, fix, example: { bad, good }, ...other }: Rule): string {
  const { difference } = other;
  return [
    `### ${id}`,
    `${title}. Severity: \`${severity}\`.`,
    why,
    'Reported:',
    `\`\`\`dockerfile\n${bad.trimEnd()}\n\`\`\``,
    'Not reported:',
    `\`\`\`dockerfile\n${good.trimEnd()}\n\`\`\``,
    `**Fix:** ${fix}`,
    ...(difference === undefined ? [] : [`**Other linters:** ${difference}`]),
    '',
  ].join('\n\n');
}
