import * as z from 'zod';

const verdict = z.enum(['pass', 'fail', 'unknown', 'off']);
const time = z.iso.datetime();

const problem = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});

const change = z.object({
  image: z.string(),
  before: z.string().optional().describe('The version before the entry. Absent if the image is new'),
  after: z.string().optional().describe('The version of the entry. Absent if the image was removed'),
});

const entry = z.object({
  number: z.int(),
  kind: z.enum(['promotion', 'rollback', 'break-glass', 'adoption']),
  version: z.string(),
  when: time,
  from: z.string().optional().describe('The environment that the images were promoted from, or `build`'),
  restores: z.int().optional().describe('The number of the entry that a rollback returned to'),
  reason: z.string().optional(),
  actor: z.string().optional(),
  run: z.string().optional().describe('The URL of the run'),
  verdict: verdict.optional().describe('The worst recorded verdict of its images'),
  changes: z
    .array(change)
    .optional()
    .describe('The images that differ from the entry before. Absent if that entry was not read'),
});

const attempt = z.object({
  after: z.int().describe('The number of the entry that it left in place. 0: none'),
  outcome: z.enum(['refused', 'failed']),
  kind: z.enum(['promotion', 'rollback', 'break-glass']),
  version: z.string().optional(),
  when: time,
  actor: z.string().optional(),
  run: z.string().optional().describe('The URL of the run'),
  problems: z.array(problem).describe('Why it ended'),
});

const check = z.object({
  about: z
    .enum(['image', 'tag', 'order', 'soak', 'lifecycle', 'gate', 'runtime'])
    .describe(
      '`image`: it exists in its repository. `tag`: the tags of the environment point at it. `order`: it is not newer than the image of the source environment. `soak`: no version has waited longer than the soak time of the environment. `lifecycle`: no lifecycle policy expires it within seven days. `gate`: the current verdict is not worse than the recorded one. `runtime`: services and functions run it',
    ),
  state: z
    .enum(['ok', 'drift', 'not-observed'])
    .describe('`ok`: observed, as recorded. `drift`: observed, and not as recorded'),
  detail: z.string().describe('The observation, or the reason why there is none'),
});

const now = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('judged'),
    verdict,
    policy: z.string().optional().describe('The digest of the policy. Absent with `gate: off`'),
    scanned: time.optional().describe('The time of the oldest scan of its platforms'),
    detail: z.string().describe('The first reason against the image, or that there is none'),
  }),
  z.object({
    state: z.literal('not-observed'),
    detail: z.string().describe('Why the image was not judged'),
  }),
]);

const cell = z.object({
  image: z.string(),
  version: z.string(),
  repository: z.string(),
  digest: z.string(),
  since: time.describe('The time of the entry that brought this digest'),
  isOlder: z
    .boolean()
    .describe('Whether the digest may have been there before `since`, in an entry that was not read'),
  entry: z.int().describe('The number of the entry that brought this digest'),
  actor: z.string().optional(),
  run: z.string().optional(),
  revision: z.string().optional().describe('The commit that the version was built from'),
  commit: z.string().optional().describe('The URL of that commit'),
  recorded: verdict.optional().describe('The verdict of the gate at the time of the promotion'),
  policy: z.string().optional().describe('The digest of the policy at the time of the promotion'),
  now: now.describe('The verdict of the gate at the time of reading'),
  checks: z.array(check),
});

const environment = z.object({
  name: z.string(),
  ledger: z.string().describe('The repository of the ledger with its registry'),
  from: z.string().optional().describe('The source environment, or `build`'),
  problem: problem.optional().describe('Why the entries of the environment are not known'),
  history: z.array(entry).describe('The newest entry first, at most eleven'),
  attempts: z
    .array(attempt)
    .describe(
      'Promotions and rollbacks that were refused or that failed after these entries, or before the first one, the newest first',
    ),
  isComplete: z.boolean().describe('Whether `history` begins with the first entry of the environment'),
  cells: z.array(cell).describe('The images of the newest entry'),
});

const difference = z.object({
  image: z.string(),
  source: z.string().optional().describe('The version in the source environment'),
  target: z.string().optional(),
});

const comparison = z.object({
  source: z.string(),
  target: z.string(),
  differences: z.array(difference),
  behind: z
    .int()
    .optional()
    .describe('Versions that the source got after the version of the target. Absent if unknown'),
  compare: z.string().optional().describe('The URL that compares both commits'),
});

const group = z.object({
  prefix: z.string().describe('The prefix of the repositories. Empty for a registry without a prefix'),
  environments: z.array(environment),
  comparisons: z.array(comparison),
  unfinished: z.array(z.string()).describe('Versions with an intent, but without a release'),
});

const ledger = z.object({
  ledger: z.string().describe('The repository of the ledger with its registry'),
  state: z
    .enum(['read', 'absent', 'denied', 'failed'])
    .describe('`absent`: the repository does not exist. `denied`: AWS denied a request'),
  problems: z.array(problem),
});

const service = z.object({
  kind: z.enum(['ecs', 'lambda']),
  name: z.string(),
  repository: z.string(),
  digest: z.string(),
  running: z.int().describe('Containers of an ECS service. 1 for a Lambda function'),
  environments: z.array(z.string()).describe('The environments with this digest, as prefix/environment'),
});

const runtime = z.object({
  kind: z.enum(['ecs', 'lambda']),
  registry: z.string(),
  state: z.enum(['read', 'denied', 'failed']),
  detail: z.string(),
});

/** The schema of the board, `board.json`. */
export const boardSchema = z.object({
  schemaVersion: z.literal(1),
  read: time.describe('When the data was read'),
  calls: z.int().describe('The requests to AWS that the board needed'),
  ledgers: z.array(ledger),
  groups: z.array(group),
  runtimes: z.array(runtime).describe('The runtimes that were read. Empty without the input `runtime`'),
  services: z.array(service),
});

/** What every environment contains: recorded in the ledgers, and beside it what was observed. */
export type Board = z.infer<typeof boardSchema>;
export type BoardGroup = Board['groups'][number];
export type BoardEnvironment = BoardGroup['environments'][number];
export type BoardEntry = BoardEnvironment['history'][number];
export type BoardAttempt = BoardEnvironment['attempts'][number];
export type BoardCell = BoardEnvironment['cells'][number];
export type BoardCheck = BoardCell['checks'][number];
export type Comparison = BoardGroup['comparisons'][number];
export type Verdict = z.infer<typeof verdict>;
