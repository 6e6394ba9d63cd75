import { CodedError } from '@towpath/errors';
import { optional, readInputs, required, text } from '@towpath/flow';
import { openLedger, type Release } from '@towpath/ledger';
import { bullets, heading, md, page, table } from '@towpath/markdown';
import { Locations, openProject } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import { loaded } from './action-commands.ts';
import { readingAction } from './reading-action.ts';

const inputs = readInputs(
  { config: optional(text), region: optional(text), version: required(text) },
  (values) => ({
    ...values,
    only: [],
    dryRun: false,
    planOut: undefined,
  }),
);

/** Shows a release of the ledger. */
export const showRelease = loaded(
  readingAction({
    name: 'release show',
    inputs,
    facts: async (given, session, runtime): Promise<Release> => {
      const { config } = await openProject(given, runtime);
      const { version } = given;
      const { entries, location } = await openLedger(new Locations(config, session), { versions: [version] });
      const release = entries.get(version)?.release;
      if (release !== undefined) return release;
      throw new CodedError('release-missing', `The ledger ${labelOf(location)} has no release ${version}.`, {
        hint: 'Check the spelling of the version, or publish it.',
      });
    },
    report: (release) => ({
      outputs: { release: JSON.stringify(release) },
      summary: page(
        heading(3, `Release ${release.version}`),
        bullets([
          md`Published: ${release.published}`,
          ...(release.source.revision === undefined ? [] : [md`Commit: ${release.source.revision}`]),
          ...(release.run === undefined ? [] : [md`Run: ${release.run}`]),
        ]),
        table(
          ['Image', 'Repository', 'Digest'],
          release.images.map(({ name, repository, digest }) => [name, repository, digest]),
        ),
      ),
    }),
  }),
);
