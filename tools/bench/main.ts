import { bundleActions } from '@towpath/stage';
import { parseArgs } from 'node:util';
import { benchBoard } from './board.ts';
import { benchBuild } from './build.ts';
import { benchContext } from './context.ts';
import { benchFleet } from './fleet.ts';
import { benchPromote, benchPromoteGiant, benchPromoteSet } from './promote.ts';
import { benchGate } from './gate.ts';
import { benchLint } from './lint.ts';
import { benchMatrix } from './matrix.ts';
import { reporting } from './measure.ts';
import { benchProvision } from './provision.ts';
import { benchPublish, benchPublishGiant, benchPublishMany, benchPublishTags } from './publish.ts';
import { benchStart } from './start.ts';

/** Each benchmark prints Towpath first, then the alternatives. */
const benches: Readonly<Record<string, (rounds: number) => Promise<void>>> = {
  start: benchStart,
  build: benchBuild,
  fleet: benchFleet,
  context: benchContext,
  lint: benchLint,
  matrix: benchMatrix,
  promote: benchPromote,
  'promote-set': benchPromoteSet,
  gate: benchGate,
  board: benchBoard,
  provision: benchProvision,
  publish: benchPublish,
  'publish-tags': benchPublishTags,
  'publish-many': benchPublishMany,
  'publish-giant': benchPublishGiant,
  'promote-giant': benchPromoteGiant,
};

/** Benchmarks that need much time and disk. They run only if they are named. */
const large = ['publish-giant', 'promote-giant'];

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    timeline: { type: 'boolean', default: false },
    against: { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
if (positionals.some((name) => !(name in benches)) || !(rounds >= 1)) {
  process.stderr.write(
    `Usage: npm run bench -- [--rounds N] [--timeline] [--against NAME]… [${Object.keys(benches).join(' | ')}]…\n`,
  );
  process.exit(2);
}
Object.assign(reporting, { timeline: values.timeline, against: values.against });
await bundleActions();
for (const [name, bench] of Object.entries(benches))
  if (positionals.includes(name) || (positionals.length === 0 && !large.includes(name))) await bench(rounds);
