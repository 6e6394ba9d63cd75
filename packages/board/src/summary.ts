import {
  code,
  formatCount,
  heading,
  link,
  md,
  page,
  table,
  type Content,
  type Markdown,
} from '@towpath/markdown';
import { formatAge, formatTime, shortCommit, shortDigest, shorten } from './figures.ts';
import { webAddress } from './html.ts';
import type { Board, BoardCell, BoardEnvironment, BoardGroup } from './model.ts';
import { countStates, describeAttempted, imageNames, isNamesake, lastAttempt, statusOf } from './status.ts';

/** The maximum size of the summary, in bytes. GitHub drops one of more than 1 MiB completely (GitHub docs, workflow commands). */
const maxBytes = 900 * 1024;

/** Returns the board as Markdown for the summary of a run. Rows that do not fit are only counted. */
export function renderSummary(board: Board): Markdown {
  const { ok, drift, 'not-observed': unseen } = countStates(board);
  const top = [
    heading(3, 'Images by environment'),
    md`Data read ${formatTime(board.read)}: ${drift} with drift, ${unseen} not completely observed, ${ok} observed as recorded.`,
    ...board.ledgers.flatMap(({ ledger, state, problems }) =>
      state === 'read' && problems.length === 0
        ? []
        : [
            md`${code(ledger)} was not completely read (${state}): ${problems.map(({ message }) => message).join(' ')}`,
          ],
    ),
  ];
  let left = maxBytes - top.reduce((sum, block) => sum + Buffer.byteLength(block.toString()), 0);
  const sections = board.groups.flatMap((group) => {
    const section = renderGroup(group, board.read, left);
    left -= section.reduce<number>((sum, block) => sum + Buffer.byteLength(String(block)), 0);
    return section;
  });
  return page(...top, ...sections);
}

function renderGroup(group: BoardGroup, read: string, maxLength: number): readonly Content[] {
  const title = heading(4, group.prefix === '' ? 'Registry without a prefix' : group.prefix);
  const header = ['Image', ...group.environments.map((one) => nameOf(one, group))];
  const names = imageNames(group);
  const cells = group.environments.map((one) => new Map(one.cells.map((cell) => [cell.image, cell])));
  const rows: Content[][] = [];
  let left = maxLength - 1024;
  for (const image of names) {
    const row = [
      image,
      ...group.environments.map((environment, index) =>
        describeCell(environment, cells[index]?.get(image), read),
      ),
    ];
    left -= row.reduce<number>((sum, content) => sum + Buffer.byteLength(String(content)) + 3, 0);
    if (left < 0) break;
    rows.push(row);
  }
  const rest = names.length - rows.length;
  return [
    title,
    ...(rows.length === 0 ? [] : [table(header, rows)]),
    ...(rest === 0
      ? []
      : [`${formatCount(rest, 'more image')} of ${group.prefix} in the page and in the JSON.`]),
    ...group.environments.flatMap((environment) => describeLastAttempt(environment, read)),
    ...group.comparisons.map(({ source, target, behind, differences, compare }) => {
      const distance = behind === undefined ? '' : `, ${formatCount(behind, 'version')} behind`;
      const address = webAddress(compare);
      if (differences.length === 0 && !behind) return md`${target} has the images of ${source}.`;
      return md`${target} differs from ${source} in ${formatCount(differences.length, 'image')}${distance}${address === undefined ? '' : md` (${link('compare', address)})`}.`;
    }),
  ];
}

function nameOf(environment: BoardEnvironment, group: BoardGroup): string {
  const { name, ledger } = environment;
  return isNamesake(environment, group) ? `${name} (${ledger})` : name;
}

/** Describes the refusal or failure that came after the newest entry of an environment. */
function describeLastAttempt(environment: BoardEnvironment, read: string): readonly Content[] {
  const attempt = lastAttempt(environment);
  if (attempt === undefined) return [];
  const { name, history } = environment;
  const { outcome, when, actor, problems } = attempt;
  const start = history.length === 0 ? md`${name} has no entries. The` : md`${name}: the`;
  const by = actor === undefined ? '' : ` (${shorten(actor, 40)})`;
  const end = outcome === 'refused' ? 'was refused' : 'failed';
  return [
    md`${start} last ${shorten(describeAttempted(attempt), 60)} ${end} ${formatAge(when, read)} ago${by}: ${shorten(problems[0]?.message ?? '', 200)}`,
  ];
}

function describeCell({ problem }: BoardEnvironment, cell: BoardCell | undefined, read: string): Content {
  if (cell === undefined) return problem === undefined ? '–' : `unknown: ${problem.code}`;
  const { version, digest, since, isOlder, recorded, now, revision, checks } = cell;
  const parts = [
    code(shortDigest(digest)),
    `${isOlder ? 'over ' : ''}${formatAge(since, read)}`,
    ...(revision === undefined ? [] : [code(shortCommit(revision))]),
    `gate ${recorded ?? 'not recorded'}`,
    now.state === 'judged' ? `now ${now.verdict}` : 'now not observed',
    ...describeStatus(checks),
  ];
  return md`${version} ${parts.reduce((all, part) => md`${all}, ${part}`)}`;
}

function describeStatus(checks: BoardCell['checks']): readonly string[] {
  const status = statusOf({ checks });
  if (status === 'ok') return ['observed as recorded'];
  if (status === 'not-observed') return ['not completely observed'];
  return checks
    .filter(({ state }) => state === 'drift')
    .map(({ about, detail }) => `DRIFT ${about}: ${detail}`);
}
