/** The result of a check. `failed`: the check found something. `error`: the check could not be made. */
export type TestResult =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' | 'error'; readonly message: string; readonly details?: string }
  | { readonly kind: 'skipped'; readonly message: string };

/** One check. */
export interface TestCase {
  readonly name: string;
  /** The group in reports, e.g. an image and its platform. Jenkins splits it at dots. Default: the name of the suite. */
  readonly group?: string;
  readonly result: TestResult;
  /** A file of the workspace, and its line. */
  readonly file?: string;
  readonly line?: number;
}

/** Checks that a report shows together. */
export interface TestSuite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}

/** In characters. Longer texts are cut: the readers keep reports in memory. */
const maxName = 500;
const maxMessage = 2_000;
const maxDetails = 20_000;

/**
 * Returns a JUnit XML file, with the elements that CodeBuild, Jenkins (its JUnit plugin) and GitLab read. Pass at least
 * one case, e.g. a passed one if nothing was found: a report without cases does not say that a check was made.
 */
export function serialise(name: string, suites: readonly TestSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: cut(name, maxName), ...counts(cases) })}>`,
    ...suites.flatMap(formatSuite),
    '</testsuites>',
    '',
  ].join('\n');
}

function formatSuite({ name, cases }: TestSuite): readonly string[] {
  return [
    `  <testsuite${attributes({ name: cut(name, maxName), ...counts(cases) })}>`,
    ...cases.flatMap((one) => formatCase(one, name)),
    '  </testsuite>',
  ];
}

function formatCase({ name, group, result, file, line }: TestCase, suite: string): readonly string[] {
  const start = `    <testcase${attributes({
    classname: cut(group ?? suite, maxName),
    name: cut(name, maxName),
    time: 0,
    file,
    line,
  })}`;
  return result.kind === 'passed' ? [`${start}/>`] : [`${start}>`, formatResult(result), '    </testcase>'];
}

function formatResult(result: Exclude<TestResult, { kind: 'passed' }>): string {
  const message = cut(result.message, maxMessage);
  if (result.kind === 'skipped') return `      <skipped${attributes({ message })}/>`;
  const element = result.kind === 'failed' ? 'failure' : 'error';
  const details = escape(cut(result.details ?? result.message, maxDetails), /[&<>"]/g);
  return `      <${element}${attributes({ message, type: element })}>${details}</${element}>`;
}

/** All readers need `tests` and `failures`; CodeBuild needs `errors` and `skipped` too. */
function counts(cases: readonly TestCase[]): Readonly<Record<string, number>> {
  const count = (kind: TestResult['kind']) => cases.filter(({ result }) => result.kind === kind).length;
  return {
    tests: cases.length,
    failures: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
    time: 0,
  };
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escape(String(value), /[&<>"\t\n\r]/g)}"`)
    .join('');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Escapes characters, and replaces those that XML 1.0 does not allow, even escaped (XML 1.0, 2.2 Characters). */
function escape(text: string, special: RegExp): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(special, (character) => `&#${character.charCodeAt(0)};`);
}
