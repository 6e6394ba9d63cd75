import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import type { KnownFinding } from '@towpath/scan-policy';
import { earlierKey, type EarlierFailures } from './judge-scan.ts';
import { gateReportSchema, type GateReport } from './report-schema.ts';

/** In bytes. A report of 100,000 findings has 80 MB. */
const maxBytes = 256 * 2 ** 20;

/**
 * Reads which findings failed in an earlier run, from its report. A platform whose verdict was `unknown` counts as not
 * read: all its findings are new.
 *
 * @param file relative to the workspace, for messages
 * @param environment the environment that this run judges
 * @throws CodedError `report-invalid` if the file is missing, is no report, or is about another environment
 */
export async function readEarlierFailures(
  path: string,
  file: string,
  environment: string | undefined,
): Promise<EarlierFailures> {
  const report = parse(await readText(path, file), file);
  if (report.environment !== environment)
    throw invalid(
      `${file} is about ${named(report.environment)}, and this run judges ${named(environment)}`,
      'Pass the report of an earlier run with the same environment.',
    );
  return Object.fromEntries(
    report.images.flatMap(({ name, platforms }) =>
      platforms
        .filter(({ verdict }) => verdict !== 'unknown')
        .map((one) => [earlierKey(name, one.platform), failuresOf(one)]),
    ),
  );
}

/** A finding that failed before and that does not fail again is known, but it still breaks the policy. */
function failuresOf({
  violations,
  known,
}: GateReport['images'][number]['platforms'][number]): readonly KnownFinding[] {
  const before = known.filter(({ since }) => since === 'earlier');
  return [...violations, ...before].map(({ finding: { id, aliases, package: affected } }) => {
    const { name = '', version, type } = affected ?? {};
    return { id, aliases, ...(affected !== undefined && { package: { name, version, type } }) };
  });
}

async function readText(path: string, file: string): Promise<string> {
  try {
    return await readTextWithin(path, { code: 'report-invalid', name: file, maxBytes });
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw invalid(
      `The report ${file} cannot be read`,
      'Pass the file that report-out of an earlier run has written.',
      error,
    );
  }
}

function parse(text: string, file: string): GateReport {
  const { success, data } = gateReportSchema.safeParse(parseJson(text));
  if (success) return data;
  throw invalid(
    `${file} is not a report of this version of Towpath`,
    'Pass the file that report-out of an earlier run has written, or remove the input to judge all findings.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function named(environment: string | undefined): string {
  return environment === undefined ? 'no environment' : `the environment ${environment.slice(0, 100)}`;
}

function invalid(message: string, hint: string, cause?: unknown): CodedError {
  return new CodedError('report-invalid', `${message}.`, { hint, cause });
}
