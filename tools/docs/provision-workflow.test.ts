import { describe, expect, test } from '@jest/globals';
import { provision } from '@towpath/action-provision';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Workflow {
  readonly on: {
    readonly workflow_call: {
      readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
      readonly outputs: Readonly<Record<string, { readonly value: string }>>;
    };
  };
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly outputs: Readonly<Record<string, string>>;
        readonly steps: readonly {
          readonly id?: string;
          readonly uses: string;
          readonly with?: Readonly<Record<string, string | boolean>>;
        }[];
      }
    >
  >;
}

const { on, jobs } = parse(readFileSync('.github/workflows/provision.yml', 'utf8')) as Workflow;

/** Runs the step of a job with the inputs that it gets if the caller sets none. */
async function running(scene: Scenario, job: string): Promise<Ending> {
  const step = jobs[job]?.steps.find(({ uses }) => uses.startsWith('towpath/towpath/actions/provision@'));
  const given = Object.entries(step?.with ?? {}).map(([name, value]) => {
    const [, input] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(String(value)) ?? [];
    return [
      name,
      input === undefined ? String(value) : (on.workflow_call.inputs[input]?.default ?? ''),
    ] as const;
  });
  const config = `registry: ${scene.shared.host}/payroll\nimages: { web: {} }\nrepositories: { tags: { team: a } }\n`;
  return scene.play(provision, {
    files: { 'towpath.yaml': config },
    given: { token: 'token', ...Object.fromEntries(given) },
  });
}

/** Returns the outputs of the step that an expression reads. */
function outputsOf(expression: string): readonly string[] {
  return Array.from(expression.matchAll(/steps\.provision\.outputs\.([\w-]+)/g), ([, name = '']) => name);
}

describe('the jobs of the workflow that provisions repositories', () => {
  const names = Object.keys(jobs);

  test('are the jobs whose outputs the workflow returns', () => {
    const read = Object.values(on.workflow_call.outputs).flatMap(({ value }) =>
      Array.from(value.matchAll(/jobs\.([\w-]+)\.outputs\.([\w-]+)/g), ([, job = '', output = '']) => ({
        job,
        output,
      })),
    );
    expect(read.map(({ job }) => job)).toEqual(names);
    for (const { job, output } of read) expect(Object.keys(jobs[job]?.outputs ?? {})).toContain(output);
  });

  test.each(names)('%s gets the outputs that it reads, whether anything differs or not', async (job) => {
    const read = Object.values(jobs[job]?.outputs ?? {}).flatMap(outputsOf);
    expect(read).toContain('changed');
    const scene = await scenario();
    const differing = await running(scene, job);
    // Only the check fails if anything differs.
    expect([differing.outputs.changed, differing.codes.length > 0]).toEqual(['true', job === 'check']);
    if (job !== 'apply') expect((await running(scene, 'apply')).green).toBe(true);
    const same = await running(scene, job);
    expect([same.outputs.changed, same.codes]).toEqual(['false', []]);
    for (const { outputs } of [differing, same])
      expect(Object.keys(outputs)).toEqual(expect.arrayContaining(read));
  });
});
