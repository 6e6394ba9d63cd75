import { describe, expect, test } from '@jest/globals';
import { sarifCheck } from '@towpath/testing/sarif-schema';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { serialise } from './serialise.ts';
import type { SarifResult, SarifRule, SarifRun } from './log.ts';

/** The parts of a SARIF file that the tests read. */
interface Log {
  readonly runs: readonly {
    readonly automationDetails: { readonly id: string };
    readonly tool: {
      readonly driver: {
        readonly rules: readonly {
          readonly id: string;
          readonly name: string;
          readonly shortDescription: { readonly text: string };
          readonly fullDescription: { readonly text: string };
          readonly help: { readonly text: string; readonly markdown: string };
          readonly properties: Readonly<Record<string, unknown>>;
        }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: Readonly<Record<string, number>>;
        };
      }[];
      readonly partialFingerprints: { readonly primaryLocationLineHash: string };
      readonly suppressions?: readonly object[];
    }[];
  }[];
}

const problemsOf = await sarifCheck();

test('a log that is not SARIF 2.1.0 has problems', () => {
  expect(problemsOf({ version: '2.1.0', runs: [{ results: [] }] })).not.toEqual([]);
});

function written(runs: readonly SarifRun[]): Log & { readonly omissions: readonly string[] } {
  const { parts, omissions } = serialise(
    { name: 'Towpath', uri: 'https://github.com/towpath/towpath' },
    runs,
  );
  const text = parts.join('');
  const log = JSON.parse(text) as Log;
  expect(problemsOf(sample(log))).toEqual([]);
  expect(gzipSync(text).length).toBeLessThanOrEqual(10 * 1024 * 1024);
  return { ...log, omissions };
}

/** The first rules and results of each run: Ajv compares each rule with every other one. */
function sample(log: Log): object {
  const runs = log.runs.map(({ tool, results, ...rest }) => ({
    ...rest,
    tool: { driver: { ...tool.driver, rules: tool.driver.rules.slice(0, 50) } },
    results: results.slice(0, 50),
  }));
  return { ...log, runs };
}

function rule(id: string, more: Partial<SarifRule> = {}): SarifRule {
  return { id, summary: `${id} is bad`, help: { text: 'Fix it.', markdown: '**Fix** it.' }, ...more };
}

function result(id: string, more: Partial<SarifResult> = {}): SarifResult {
  return {
    rule: id,
    level: 'error',
    message: `Found ${id}.`,
    location: { file: 'Dockerfile', line: 3 },
    identity: ['openssl'],
    ...more,
  };
}

function run(category: string, results: readonly SarifResult[], rules?: readonly SarifRule[]): SarifRun {
  const ids = [...new Set(results.map((one) => one.rule))];
  return { category, results, rules: rules ?? ids.map((id) => rule(id)) };
}

function fingerprintsOf(log: Log): readonly string[] {
  return log.runs.flatMap(({ results }) =>
    results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash),
  );
}

describe('a SARIF file', () => {
  test('is valid without runs and without results', () => {
    expect(written([]).runs).toEqual([]);
    expect(written([run('gate/web', [])]).runs[0]?.results).toEqual([]);
  });

  test('has the category, the rule and the location of each result', () => {
    const log = written([
      run('gate/web/linux/amd64', [
        result('CVE-1', { location: { file: 'a b/Dockerfile', line: 7, column: 2 } }),
      ]),
    ]);
    expect(log.runs[0]?.automationDetails.id).toBe('gate/web/linux/amd64/');
    expect(log.runs[0]?.results[0]).toMatchObject({
      ruleId: 'CVE-1',
      ruleIndex: 0,
      level: 'error',
      message: { text: 'Found CVE-1.' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'a%20b/Dockerfile' },
            region: { startLine: 7, startColumn: 2, endLine: 7 },
          },
        },
      ],
    });
  });

  test('has only the rules of its results, each of them once', () => {
    const log = written([
      run(
        'gate/web',
        [result('CVE-2'), result('CVE-2', { identity: ['curl'] })],
        ['CVE-1', 'CVE-2', 'CVE-2'].map((id) => rule(id)),
      ),
    ]);
    expect(log.runs[0]?.tool.driver.rules.map(({ id }) => id)).toEqual(['CVE-2']);
  });

  test('writes the severity of a rule as text with one decimal', () => {
    const log = written([run('gate/web', [result('CVE-1')], [rule('CVE-1', { securitySeverity: 9 })])]);
    expect(log.runs[0]?.tool.driver.rules[0]?.properties['security-severity']).toBe('9.0');
  });

  test('writes a suppressed result with its reason', () => {
    const log = written([run('gate/web', [result('CVE-1', { suppression: 'not reachable' })])]);
    expect(log.runs[0]?.results[0]?.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'not reachable' },
    ]);
  });

  test('does not turn brackets in a message into a link', () => {
    const log = written([
      run('gate/web', [result('CVE-1', { message: 'See [here](https://evil.example).' })]),
    ]);
    expect(log.runs[0]?.results[0]?.message.text).toBe('See \\[here\\](https://evil.example).');
  });

  test('rejects two runs of one category and a result without a rule', () => {
    const same = [run('gate/web', []), run('gate/web', [])];
    expect(() => serialise({ name: 'x', uri: 'https://example.com' }, same)).toThrow('same category');
    const lost = [run('gate/web', [result('CVE-1')], [])];
    expect(() => serialise({ name: 'x', uri: 'https://example.com' }, lost)).toThrow('no rule CVE-1');
  });
});

describe('the fingerprint of a result', () => {
  const one = result('CVE-1');
  const of = (...results: readonly SarifResult[]) => fingerprintsOf(written([run('gate/web', results)]));

  test('stays the same if the line, the message, the level or the other results change', () => {
    const moved = result('CVE-1', {
      location: { file: 'Dockerfile', line: 9 },
      message: 'Other.',
      level: 'note',
    });
    expect(of(result('CVE-0'), moved)[1]).toBe(of(one)[0]);
    expect(of(one)[0]).toMatch(/^[0-9a-f]{16}:1$/);
  });

  test('differs by rule and by identity', () => {
    const all = of(
      one,
      result('CVE-2'),
      result('CVE-1', { identity: ['curl'] }),
      result('CVE-1', { identity: ['open', 'ssl'] }),
    );
    expect(new Set(all).size).toBe(4);
  });

  test('has a number if two results are alike', () => {
    const [first = '', second = ''] = of(one, one);
    expect([first.slice(-2), second.slice(-2)]).toEqual([':1', ':2']);
    expect(first.slice(0, -2)).toBe(second.slice(0, -2));
  });
});

describe('the limits of GitHub', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => result(`CVE-${index}`));

  test('keeps 5,000 results of a run, the first ones, and says so', () => {
    const exact = written([run('gate/web', many(5_000))]);
    expect(exact.runs[0]?.results).toHaveLength(5_000);
    expect(exact.omissions).toEqual([]);
    const cut = written([run('gate/web', many(5_001))]);
    expect(cut.runs[0]?.results.at(-1)?.ruleId).toBe('CVE-4999');
    expect(cut.runs[0]?.tool.driver.rules).toHaveLength(5_000);
    expect(cut.omissions).toEqual([
      'The SARIF file has the 5000 worst of the 5001 results for gate/web: GitHub does not keep more.',
    ]);
  });

  test('keeps 20 runs, the first ones, and says so', () => {
    const runs = Array.from({ length: 21 }, (_, index) => run(`gate/${index}`, [result('CVE-1')]));
    expect(written(runs.slice(0, 20)).omissions).toEqual([]);
    const cut = written(runs);
    expect(cut.runs.map(({ automationDetails }) => automationDetails.id).at(-1)).toBe('gate/19/');
    expect(cut.omissions).toEqual([
      'The SARIF file has the 20 worst of 21 categories: GitHub accepts no more than 20 in a file.',
    ]);
  });

  describe('with texts that gzip cannot shorten', () => {
    const noise = (seed: number) =>
      createHash('shake256', { outputLength: 2_300 }).update(String(seed)).digest('base64');
    const noisy = (count: number) =>
      run(
        'gate/web',
        Array.from({ length: count }, (_, index) => result(`CVE-${index}`, { message: noise(index) })),
      );

    test('keeps the file under 10 MB after gzip and says so', () => {
      const cut = written([noisy(5_000)]);
      expect(cut.runs[0]?.results.length).toBeGreaterThan(1_000);
      expect(cut.runs[0]?.results[0]?.ruleId).toBe('CVE-0');
      expect(cut.omissions).toEqual([expect.stringContaining('GitHub accepts no file over 10 MiB.')]);
    });

    test('keeps all results of a file of almost 10 MB', () => {
      const { omissions, ...log } = written([noisy(4_300)]);
      expect([log.runs[0]?.results.length, omissions]).toEqual([4_300, []]);
      expect(gzipSync(JSON.stringify(log)).length).toBeGreaterThan(9.5 * 1024 * 1024);
    });
  });

  test('cuts the texts and the tags of a rule', () => {
    const long = rule('CVE-1', {
      summary: 's'.repeat(5_000),
      description: '😀'.repeat(5_000),
      help: { text: 't'.repeat(100_000), markdown: 'm'.repeat(100_000) },
      tags: Array.from({ length: 30 }, (_, index) => `tag-${index % 25}`),
    });
    const shown = written([run('gate/web', [result('CVE-1')], [long])]).runs[0]?.tool.driver.rules[0];
    expect(shown?.shortDescription.text).toHaveLength(1_024);
    expect(shown?.fullDescription.text.isWellFormed()).toBe(true);
    expect(shown?.fullDescription.text.length).toBeLessThanOrEqual(1_024);
    expect(shown?.help.markdown).toHaveLength(8_192);
    expect(shown?.properties.tags).toHaveLength(20);
  });

  test('keeps 20 tags of a rule, and leaves out the next one', () => {
    const tags = Array.from({ length: 21 }, (_, index) => `tag-${index}`);
    const shown = (count: number) => {
      const one = rule('CVE-1', { tags: tags.slice(0, count) });
      return written([run('gate/web', [result('CVE-1')], [one])]).runs[0]?.tool.driver.rules[0]?.properties;
    };
    expect(shown(20)?.tags).toEqual(tags.slice(0, 20));
    expect(shown(21)?.tags).toEqual(tags.slice(0, 20));
  });

  test('gives each result one location', () => {
    expect(
      written([run('gate/web', many(3))]).runs[0]?.results.map(({ locations }) => locations.length),
    ).toEqual([1, 1, 1]);
  });
});
