import type { CheckedFile } from '../check.ts';

/** Returns the findings as JUnit XML: a suite for each Dockerfile. Findings that are `info` do not fail. */
export function formatJunit(files: readonly CheckedFile[]): string {
  const suites = files.map(({ file, findings }) => {
    const failures = findings.filter(({ severity }) => severity !== 'info').length;
    const cases = findings.map(({ rule, line, severity, message, hint }) => {
      const name = `${rule} in line ${line}`;
      const body = escape(`${file}:${line}\n${message} ${hint}`.trim());
      const content =
        severity === 'info'
          ? `<system-out>${body}</system-out>`
          : `<failure message="${escape(message)}" type="${severity}">${body}</failure>`;
      return `    <testcase name="${escape(name)}" classname="${escape(file)}" file="${escape(file)}" line="${line}">${content}</testcase>`;
    });
    const shown =
      cases.length > 0 ? cases : [`    <testcase name="no findings" classname="${escape(file)}"/>`];
    return [
      `  <testsuite name="${escape(file)}" tests="${shown.length}" failures="${failures}" errors="0">`,
      ...shown,
      '  </testsuite>',
    ].join('\n');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="towpath lint">',
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

/** Escapes a text for XML, and removes the characters that XML 1.0 cannot contain. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"'\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
