import type { CheckedFile } from '../check.ts';

/** Returns one line for each finding, in the form that editors and problem matchers read. */
export function formatText(files: readonly CheckedFile[]): string {
  const lines = files.flatMap(({ findings }) =>
    findings.map(
      ({ file, line, severity, message, hint, rule, also }) =>
        `${file}:${line}: ${severity}: ${oneLine(`${message} ${hint}`)} [${[rule, ...also].join(', ')}]`,
    ),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
