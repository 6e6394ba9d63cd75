import type { Report } from '@towpath/flow';
import { code, formatCount, heading, md, page, table } from '@towpath/markdown';
import type { MatrixPlan } from './plan.ts';

/**
 * Returns the outputs. They contain no registry and no account: GitHub drops a job output that contains a masked
 * value.
 */
export function report({ id, rows, images, unchanged, base }: MatrixPlan): Report {
  const include = rows.map(({ id: row, name, images: names, platform = '', runner }) => ({
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
      images: images.map(({ name }) => name).join(','),
      expected: JSON.stringify(Object.fromEntries(images.map(({ name, platforms }) => [name, platforms]))),
      unchanged: unchanged.join(','),
      id: rows.length === 0 ? '' : id,
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
      unchanged.length === 0 ? undefined : md`Unchanged: ${unchanged.join(', ')}.`,
    ),
  };
}
