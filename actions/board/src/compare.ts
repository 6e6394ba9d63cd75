import type { Comparison } from '@towpath/board';
import { compareUrl } from './commits.ts';
import type { EntryImage, RecordedEnvironment } from './recorded-environment.ts';
import { sourceOf } from './groups.ts';

/** Returns the differences between an environment and its source; none if either of them is not known. */
export function compareEnvironments(
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
): readonly Comparison[] {
  const source = sourceOf(recorded, all);
  if (source === undefined) return [];
  const [here, there] = [recorded.environment, source.environment];
  const [target, origin] = [here.history[0], there.history[0]];
  const isKnown = here.problem === undefined && there.problem === undefined;
  if (target === undefined || origin === undefined || !isKnown) return [];
  const differences = differencesOf(origin.images, target.images);
  const behind = differences.length === 0 ? 0 : versionsBehind(recorded, source);
  const [before, after] = [
    recorded.ledger.releases.get(target.version) ?? source.ledger.releases.get(target.version),
    source.ledger.releases.get(origin.version),
  ];
  const compare = before && after && compareUrl(before, after);
  return [
    {
      source: there.name,
      target: here.name,
      differences,
      ...(behind !== undefined && { behind }),
      ...(compare !== undefined && { compare }),
    },
  ];
}

function differencesOf(
  origin: readonly EntryImage[],
  target: readonly EntryImage[],
): Comparison['differences'] {
  const [there, here] = [origin, target].map((images) => new Map(images.map((image) => [image.name, image])));
  const names = [...new Set([...origin, ...target].map(({ name }) => name))].sort();
  return names.flatMap((image) => {
    const [one, other] = [there?.get(image), here?.get(image)];
    if (one?.digest === other?.digest) return [];
    return [
      {
        image,
        ...(one !== undefined && { source: one.version }),
        ...(other !== undefined && { target: other.version }),
      },
    ];
  });
}

/** Returns how many versions the source got after that of the target; undefined if its history does not show it. */
function versionsBehind(recorded: RecordedEnvironment, source: RecordedEnvironment): number | undefined {
  const version = recorded.environment.history[0]?.version;
  const versions = source.environment.history.map((entry) => entry.version);
  const index = versions.findIndex((one) => one === version);
  return index < 0 ? undefined : new Set(versions.slice(0, index)).size;
}
