import { CodedError } from '@towpath/errors';
import { readTextWithin, writeFileInside } from '@towpath/files';
import type { Journal, Runtime } from '@towpath/flow';
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256 } from './fix.ts';
import type { OutputFiles } from './inputs.ts';
import type { LintPlan } from './plan.ts';

/** The reports that were written, with absolute paths. */
export type LintFiles = Readonly<Partial<Record<keyof OutputFiles, string>>>;

/** Bytes, as for every Dockerfile. */
const maxBytes = 1024 * 1024;

/** Writes the fixed Dockerfiles and the reports. */
export async function execute(
  { fixed, reports }: LintPlan,
  _session: unknown,
  { workspace }: Runtime,
  journal: Journal,
): Promise<LintFiles> {
  for (const { file, before, text } of fixed) {
    const path = join(workspace, file);
    const now = await readTextWithin(path, { code: 'plan-outdated', maxBytes, followLink: false });
    if (sha256(now) !== before)
      throw new CodedError('plan-outdated', `${file} changed after it was checked.`, {
        hint: 'Run lint again.',
      });
    const { mode } = await lstat(path);
    await writeFileInside(workspace, file, text, { mode: mode & 0o777 });
    journal.wrote(file);
  }
  const written: Partial<Record<keyof OutputFiles, string>> = {};
  for (const { format, path, content } of reports) {
    await writeFileInside(workspace, path, content);
    written[format] = resolve(workspace, path);
    journal.wrote(path);
  }
  return written;
}
