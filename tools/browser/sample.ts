import type {
  Board,
  BoardAttempt,
  BoardCell,
  BoardCheck,
  BoardEntry,
  BoardEnvironment,
  BoardGroup,
} from '@towpath/board';

const read = '2026-01-31T12:00:00.000Z';
const chain = ['dev', 'test', 'staging', 'prod'];

/** Returns a board with this number of services in four environments, in groups of at most 100. */
export function sampleBoard(services: number): Board {
  const sizes = Array.from({ length: Math.ceil(services / 100) }, (_, index) =>
    Math.min(100, services - index * 100),
  );
  return {
    schemaVersion: 1,
    read,
    calls: 42,
    ledgers: sizes.map((_, index) => ({ ledger: ledgerOf(index), state: 'read', problems: [] })),
    groups: sizes.map((size, index) => sampleGroup(size, index)),
    runtimes: [
      { kind: 'ecs', registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com', state: 'read', detail: '' },
    ],
    services: [
      {
        kind: 'ecs',
        name: 'main/service-0',
        repository: 'team-0/service-0',
        digest: digestOf(0, 3),
        running: 4,
        environments: ['team-0/prod'],
      },
      {
        kind: 'lambda',
        name: 'cleanup',
        repository: 'team-0/cleanup',
        digest: digestOf(900, 9),
        running: 1,
        environments: [],
      },
    ],
  };
}

/** Texts that would be executed or break the layout if a page inserted them as they are. */
const hostile = {
  version: '</script><script>window.hit=1</script>',
  image: '<img src=x onerror=window.hit=1>',
  actor: '"><svg onload=window.hit=1>',
  run: 'javascript:window.hit=1',
  prefix: '\'"><b>x</b>&amp;\u202eevil',
} as const;

/** Returns a board with hostile texts in every field that comes from a registry. */
export function hostileBoard(): Board {
  const board = sampleBoard(3);
  const rename = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value, (key, text: unknown) => {
        if (key === 'version' || key === 'before' || key === 'after' || key === 'target')
          return hostile.version;
        if (key === 'image' || key === 'repository' || key === 'message') return hostile.image;
        if (key === 'actor' || key === 'reason' || key === 'detail' || key === 'hint') return hostile.actor;
        if (key === 'run' || key === 'commit' || key === 'compare') return hostile.run;
        if (key === 'prefix' || key === 'ledger') return hostile.prefix;
        return text;
      }),
    ) as T;
  return rename({
    ...board,
    ledgers: [{ ledger: '', state: 'denied', problems: [{ code: 'access-denied', message: '', hint: '' }] }],
  });
}

/** Adds an environment whose only promotion was refused. */
export function withNeverPromoted(group: BoardGroup): BoardGroup {
  const [first] = group.environments;
  const attempts = [{ ...sampleAttempt(), after: 0 }];
  const recovery = { name: 'recovery', from: 'staging', history: [], attempts, isComplete: true, cells: [] };
  return { ...group, environments: [...group.environments, { ...recovery, ledger: first?.ledger ?? '' }] };
}

function ledgerOf(index: number): string {
  return `111122223333.dkr.ecr.us-east-1.amazonaws.com/team-${index}/towpath`;
}

function sampleGroup(size: number, index: number): BoardGroup {
  const environments = chain.map((name, stage) => sampleEnvironment(name, stage, size, index));
  return {
    prefix: `team-${index}`,
    environments,
    comparisons: chain.slice(1).map((target, stage) => ({
      source: chain[stage] ?? '',
      target,
      differences: Array.from({ length: Math.min(size, stage * 2) }, (_, image) => ({
        image: `service-${image}`,
        source: `1.${12 - stage}.0`,
        target: `1.${11 - stage}.0`,
      })),
      ...(stage < 2 && { behind: stage + 1 }),
      compare:
        'https://github.com/acme/app/compare/1111111111111111111111111111111111111111...2222222222222222222222222222222222222222',
    })),
    unfinished: index === 0 ? ['1.13.0'] : [],
  };
}

function sampleEnvironment(name: string, stage: number, size: number, group: number): BoardEnvironment {
  const isUnreadable = group === 1 && name === 'prod';
  return {
    name,
    ledger: ledgerOf(group),
    from: chain[stage - 1] ?? 'build',
    ...(isUnreadable && {
      problem: {
        code: 'access-denied',
        message: 'AWS denied ecr:BatchGetImage.',
        hint: 'Grant ecr:BatchGetImage.',
      },
    }),
    history: isUnreadable ? [] : Array.from({ length: 11 }, (_, back) => sampleEntry(stage, back)),
    attempts: isUnreadable || stage < 3 ? [] : [sampleAttempt()],
    isComplete: stage === 0,
    cells: isUnreadable ? [] : Array.from({ length: size }, (_, image) => sampleCell(image, stage)),
  };
}

function sampleAttempt(): BoardAttempt {
  return {
    ...{ after: 21, outcome: 'refused', kind: 'promotion', version: '1.13.0' },
    when: read,
    actor: 'maria',
    problems: [{ code: 'gate-failed', message: 'service-0 has CVE-2026-1 (critical).' }],
  };
}

function sampleEntry(stage: number, back: number): BoardEntry {
  const kind = back === 1 && stage === 3 ? 'rollback' : back === 3 ? 'break-glass' : 'promotion';
  return {
    number: 21 - back,
    kind,
    version: `1.${20 - stage - back}.0`,
    when: new Date(Date.parse(read) - (back * 60 + 5) * 3_600_000).toISOString(),
    from: chain[stage - 1] ?? 'build',
    ...(kind === 'rollback' && { restores: 17, reason: 'checkout failed for 2 % of customers' }),
    ...(kind === 'break-glass' && { reason: 'fix of an outage' }),
    actor: 'maria',
    run: 'https://github.com/acme/app/actions/runs/123',
    verdict: kind === 'break-glass' ? 'fail' : 'pass',
    ...(back < 10 && { changes: [{ image: 'service-0', before: '1.3.0', after: '1.4.0' }] }),
  };
}

function sampleCell(image: number, stage: number): BoardCell {
  return {
    image: `service-${image}`,
    version: `1.${12 - stage - (image % 3)}.0`,
    repository: `team/service-${image}`,
    digest: digestOf(image, stage),
    since: new Date(Date.parse(read) - (image * 7 + stage * 50 + 1) * 3_600_000).toISOString(),
    isOlder: image % 9 === 8,
    entry: 21 - (image % 5),
    actor: 'maria',
    run: 'https://github.com/acme/app/actions/runs/123',
    revision: '3f9a8c1b2d4e5f60718293a4b5c6d7e8f9012345',
    commit: 'https://github.com/acme/app/commit/3f9a8c1b2d4e5f60718293a4b5c6d7e8f9012345',
    recorded: image % 11 === 10 ? 'fail' : 'pass',
    now: sampleVerdict(image),
    checks: sampleChecks(image, stage),
  };
}

function sampleVerdict(image: number): BoardCell['now'] {
  if (image % 4 === 1) return { state: 'not-observed', detail: 'The limit of 90 requests was reached.' };
  const isFailing = image % 4 === 0;
  return {
    state: 'judged',
    verdict: isFailing ? 'fail' : 'pass',
    policy: digestOf(0, 0),
    scanned: new Date(Date.parse(read) - 3_600_000).toISOString(),
    detail: isFailing
      ? 'service has 2 findings that the policy does not allow.'
      : 'The policy allows every finding.',
  };
}

function sampleChecks(image: number, stage: number): BoardCheck[] {
  const tag: BoardCheck =
    image % 3 === 1 && stage === 3
      ? { about: 'tag', state: 'drift', detail: 'The tag prod points at sha256:0123456789ab.' }
      : { about: 'tag', state: 'ok', detail: 'prod' };
  const lifecycle: BoardCheck =
    image % 3 === 2
      ? { about: 'lifecycle', state: 'not-observed', detail: 'The input observe does not contain lifecycle.' }
      : { about: 'lifecycle', state: 'ok', detail: 'No rule expires the image.' };
  return [{ about: 'image', state: 'ok', detail: 'It exists.' }, tag, lifecycle];
}

function digestOf(image: number, stage: number): string {
  return `sha256:${String(image * 7919 + stage * 104729 + 1)
    .repeat(20)
    .slice(0, 64)
    .padEnd(64, '0')}`;
}
