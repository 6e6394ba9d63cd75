import type { Report } from '@towpath/flow';
import { code, formatCount, heading, md, page, table } from '@towpath/markdown';
import { join } from 'node:path';
import { evaluatedFile, type MatrixResult } from './execute.ts';
import type { MatrixPlan } from './plan.ts';

/**
 * Returns the outputs. They contain no registry and no account: GitHub drops a job output that contains a masked
 * value.
 */
export function report(plan: MatrixPlan, folder: MatrixResult): Report {
  const { id, rows, images, reused, unchanged, base } = plan;
  const include = rows.map(({ id: row, name, images: names, platform = '', runner }, index) => ({
    index,
    id: row,
    name,
    images: names.join(','),
    platform,
    runner,
  }));
  return {
    outputs: {
      matrix: JSON.stringify({ include }),
      any: String(rows.length > 0),
      images: [...images.map(({ name }) => name), ...reused.map(({ image }) => image.name)].join(','),
      expected: JSON.stringify(
        Object.fromEntries([
          ...images.map(({ name, platforms }) => [name, platforms] as const),
          ...reused.map(({ image }) => [image.name, Object.keys(image.platforms)] as const),
        ]),
      ),
      reused:
        reused.length === 0
          ? ''
          : JSON.stringify(Object.fromEntries(reused.map(({ image }) => [image.name, image.digest]))),
      folder: folder ?? '',
      'evaluated-config':
        folder !== undefined && plan.evaluated !== undefined ? join(folder, evaluatedFile) : '',
      unchanged: unchanged.join(','),
      id: rows.length === 0 && reused.length === 0 ? '' : id,
    },
    summary: page(
      heading(
        3,
        rows.length === 0
          ? 'Nothing to build'
          : `${formatCount(images.length, 'image')} in ${formatCount(rows.length, 'job')}`,
      ),
      md`Compared with ${base}.`,
      images.length === 0
        ? undefined
        : table(
            ['Image', 'Platforms', 'Why'],
            images.map(({ name, platforms, why }) => [
              name,
              platforms.length === 0 ? 'of the runner' : platforms.join(', '),
              why,
            ]),
          ),
      rows.length === 0
        ? undefined
        : table(
            ['Job', 'Runner', 'Images'],
            rows.map(({ name, runner, images: names }) => [
              name,
              code(typeof runner === 'string' ? runner : JSON.stringify(runner)),
              names.join(', '),
            ]),
          ),
      reused.length === 0
        ? undefined
        : table(
            ['Reused', 'Digest', 'Why'],
            reused.map(({ image, why }) => [image.name, code(image.digest), why]),
          ),
      unchanged.length === 0 ? undefined : md`Unchanged: ${unchanged.join(', ')}.`,
    ),
  };
}
