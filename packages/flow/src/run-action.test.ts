import { describe, expect, test } from '@jest/globals';
import { CodedError, OutsideError, type Problem } from '@towpath/errors';
import { Markdown } from '@towpath/markdown';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { failing, refusing, run, tow, type Tow } from './harness/tow.ts';
import type { Runtime } from './runtime.ts';

describe('a run that reaches its report', () => {
  test('succeeds with its outputs, its summary and no problem', async () => {
    const { green, runtime } = await run({});
    expect(green).toBe(true);
    expect(runtime.outputs).toEqual({ count: '2', 'failure-reason': '', problems: '[]' });
    expect(runtime.summaries).toEqual(['2 towed']);
    expect(runtime.annotations).toEqual([]);
  });

  test('prints its plan before it executes it', async () => {
    const { runtime } = await run({
      execute: (plan, _session, { log }) => {
        log.info('towing');
        return Promise.resolve(plan.length);
      },
    });
    expect(runtime.lines).toEqual([
      'Plan: tow',
      '  tow barge 1.0.0 a (it is not there)',
      '  tow barge 1.0.0 b (it is not there)',
      'towing',
    ]);
  });

  test('says that there is nothing to do if the plan is empty', async () => {
    const { runtime } = await run({ plan: () => [] });
    expect(runtime.lines).toEqual(['Plan: tow', '  Nothing to do.']);
  });

  test('prints no plan if it only leads to a report', async () => {
    const { green, runtime } = await run({ describe: () => undefined });
    expect(green).toBe(true);
    expect(runtime.lines).toEqual([]);
  });

  test('shows the annotations of its report', async () => {
    const annotation = { level: 'notice', message: 'towed' } as const;
    const { runtime } = await run({
      report: () => ({ outputs: {}, summary: new Markdown(''), annotations: [annotation] }),
    });
    expect(runtime.annotations).toEqual([annotation]);
  });

  test('fails with the code of its first refusal, and keeps its outputs and summary', async () => {
    const refusals: Problem[] = [
      { code: 'gate-failed', message: 'web has CVE-1.', hint: 'Update it.' },
      { code: 'gate-unknown', message: 'job has no scan.' },
    ];
    const { green, runtime } = await run(refusing(refusals));
    expect(green).toBe(false);
    expect(runtime.outputs).toEqual({ 'failure-reason': 'gate-failed', problems: JSON.stringify(refusals) });
    expect(runtime.summaries).toEqual(['held']);
    expect(runtime.annotations).toEqual([
      { level: 'error', title: 'gate-failed', message: 'web has CVE-1. Update it. [gate-failed]' },
      { level: 'error', title: 'gate-unknown', message: 'job has no scan. [gate-unknown]' },
    ]);
  });

  test.each(['facts', 'plan'] as const)('writes nothing if it is cancelled in its %s', async (part) => {
    const controller = new AbortController();
    const cancel = () => {
      // Simulates Node.js, which handles a signal only after the blocking code has returned.
      globalThis.setImmediate(() => {
        controller.abort(new Error('cancelled by SIGINT'));
      });
    };
    const parts: Partial<Tow> = {
      execute: () => {
        throw new Error('it was executed');
      },
      ...(part === 'facts'
        ? {
            facts: (inputs, session, runtime) => {
              cancel();
              return tow({}).facts(inputs, session, runtime);
            },
          }
        : {
            plan: (inputs, facts) => {
              cancel();
              return tow({}).plan(inputs, facts);
            },
          }),
    };
    const { green, runtime } = await run(parts, { signal: controller.signal });
    expect(green).toBe(false);
    expect(runtime.outputs['failure-reason']).toBe('cancelled');
  });

  test('still succeeds if it is cancelled after its last write', async () => {
    const controller = new AbortController();
    const execute: Tow['execute'] = (plan) => {
      controller.abort();
      return Promise.resolve(plan.length);
    };
    const { green } = await run({ execute }, { signal: controller.signal });
    expect(green).toBe(true);
  });
});

describe('a dry run', () => {
  const given = { version: '1.0.0', 'dry-run': 'true' };
  const unreachable = () => {
    throw new Error('a dry run went past its plan');
  };

  test('executes nothing, prints the plan and succeeds', async () => {
    const { green, runtime } = await run({ execute: unreachable, report: unreachable }, { given });
    expect(green).toBe(true);
    expect(runtime.lines).toEqual([
      'Plan: tow',
      '  tow barge 1.0.0 a (it is not there)',
      '  tow barge 1.0.0 b (it is not there)',
      'Dry run: nothing was done.',
    ]);
  });

  test('adds the plan to the summary, and escapes Markdown in its facts', async () => {
    const { runtime } = await run({ plan: () => ['<b>*x*'] }, { given });
    expect(runtime.summaries).toEqual([
      '### tow\\: dry run, nothing was done\n\n- tow &#60;b&#62;\\*x\\* (it is not there)\n',
    ]);
  });

  test('says in the summary that there is nothing to do', async () => {
    const { runtime } = await run({ plan: () => [] }, { given });
    expect(runtime.summaries.join()).toContain('Nothing to do\\.');
  });

  test('still requires its inputs', async () => {
    const { green } = await run({}, { given: { 'dry-run': 'true' } });
    expect(green).toBe(false);
  });
});

describe('invalid inputs', () => {
  test('are all reported at once, before anything is read', async () => {
    const facts = () => {
      throw new Error('facts were read');
    };
    const { green, runtime } = await run({ facts }, { given: { verison: '1.0.0', 'dry-run': 'ture' } });
    expect(green).toBe(false);
    expect(runtime.annotations.map(({ message }) => message)).toEqual([
      'Input verison does not exist. Did you mean version? [input-invalid]',
      'Input version is required and was not given. [input-invalid]',
      'Input dry-run is "ture": it must be true or false. [input-invalid]',
    ]);
    expect(runtime.outputs['failure-reason']).toBe('input-invalid');
    expect(JSON.parse(runtime.outputs.problems ?? '')).toHaveLength(3);
    expect(runtime.lines).toEqual(['Nothing was written.', 'tow has 3 invalid inputs.']);
  });

  test('are not repeated if they may contain a secret', async () => {
    const { runtime } = await run({}, { given: { version: '1', 'build-args': 's3cret without a name' } });
    const { lines, debugLines, annotations, outputs, summaries } = runtime;
    expect(annotations).toHaveLength(1);
    expect(JSON.stringify({ lines, debugLines, annotations, outputs, summaries })).not.toContain('s3cret');
  });
});

describe('an error that the user can fix', () => {
  const problems: Problem[] = [
    {
      code: 'config-invalid',
      message: 'images is missing.',
      position: { file: 'towpath.yaml', line: 1, column: 2 },
    },
    { code: 'tag-invalid', message: '{x} is not a fact.', hint: 'Did you mean {pr}?' },
  ];
  const several = () =>
    run(failing(CodedError.of(problems, (count) => `towpath.yaml has ${count} problems.`)));

  test('fails the step, with one annotation per problem at its position', async () => {
    const { green, runtime } = await several();
    expect(green).toBe(false);
    expect(runtime.annotations).toEqual([
      {
        level: 'error',
        title: 'config-invalid',
        message: 'towpath.yaml:1:2: images is missing. [config-invalid]',
        position: problems[0]?.position,
      },
      {
        level: 'error',
        title: 'tag-invalid',
        message: '{x} is not a fact. Did you mean {pr}? [tag-invalid]',
      },
    ]);
  });

  test('sets its first code and all problems as outputs, including positions', async () => {
    const { runtime } = await several();
    expect(runtime.outputs).toEqual({
      'failure-reason': 'config-invalid',
      problems: JSON.stringify(problems.map(({ position: place, ...problem }) => ({ ...problem, place }))),
    });
  });

  test('lists earlier writes in the log and in the summary', async () => {
    const { runtime } = await several();
    expect(runtime.lines.slice(3)).toEqual([
      'Written before this happened (running again is safe):',
      '  tag a in barges',
      'towpath.yaml has 2 problems.',
    ]);
    expect(runtime.summaries).toEqual([
      [
        '### tow failed\n',
        '- <code>towpath&#46;yaml&#58;1&#58;2</code> images is missing\\. <code>config&#45;invalid</code>',
        '- \\{x\\} is not a fact\\. Did you mean \\{pr\\}? <code>tag&#45;invalid</code>\n',
        'Written before this happened \\(running again is safe\\)\\:\n',
        '- tag a in barges\n',
      ].join('\n'),
    ]);
  });

  test('shows the output of a program line by line in the summary, with Markdown escaped', async () => {
    const message =
      'web could not be built: exit code 3\n\u001b[31mnpm ERR!\u001b[0m <b>\n\n- *x* @team\tend';
    const { runtime } = await run(failing(new CodedError('build-failed', message, { hint: 'Fix it.' })));
    expect(runtime.summaries[0]?.split('\n').slice(2, 5)).toEqual([
      '- web could not be built\\: exit code 3\\. Fix it\\. <code>build&#45;failed</code>',
      '  <pre>npm ERR&#33; &#60;b&#62;&#10;&#10;&#45; &#42;x&#42; &#64;team    end</pre>',
      '',
    ]);
  });

  test('shows its stack only in debug mode', async () => {
    const { runtime } = await several();
    expect(runtime.lines.join('\n')).not.toContain('run-action.test');
    expect(runtime.debugLines.join('\n')).toContain('run-action.test');
  });
});

describe('a failed external call', () => {
  test('names the call and its request id', async () => {
    const error = new OutsideError('access-denied', 'AWS refused ecr:PutImage.', {
      operation: 'ecr:PutImage',
      requestId: '4711',
      hint: 'Grant it.',
    });
    const { green, runtime } = await run(failing(error));
    expect(green).toBe(false);
    expect(runtime.outputs['failure-reason']).toBe('access-denied');
    expect(runtime.lines.slice(3)).toEqual([
      'Failed call: ecr:PutImage, request id 4711',
      'Written before this happened (running again is safe):',
      '  tag a in barges',
    ]);
    expect(runtime.annotations).toEqual([
      {
        level: 'error',
        title: 'access-denied',
        message: 'AWS refused ecr:PutImage. Grant it. [access-denied]',
      },
    ]);
  });

  test('can be reported without a request id and without a call', async () => {
    const [withCall, without] = await Promise.all([
      run({
        facts: () => Promise.reject(new OutsideError('outside-failed', 'x', { operation: 'GET /v2/' })),
      }),
      run({ facts: () => Promise.reject(new OutsideError('outside-failed', 'x')) }),
    ]);
    expect(withCall.runtime.lines).toEqual(['Failed call: GET /v2/', 'Nothing was written.']);
    expect(without.runtime.lines).toEqual(['Nothing was written.']);
  });
});

describe('a bug in Towpath', () => {
  test('is reported as a bug, with its stack and causes in a log group', async () => {
    const error = new TypeError('x is undefined', { cause: new Error('the deeper reason') });
    const { green, runtime } = await run(failing(error));
    expect(green).toBe(false);
    expect(runtime.outputs['failure-reason']).toBe('internal-error');
    expect(runtime.annotations.map(({ message }) => message)).toEqual([
      'Internal error: x is undefined. This is a defect of Towpath. Please report it with the stack above. [internal-error]',
    ]);
    const group = runtime.lines.slice(runtime.lines.indexOf('Stack, for the report'));
    expect(group[1]).toBe('  TypeError: x is undefined');
    expect(group[2]).toMatch(/^ {6}at .*run-action\.test/);
    expect(group).toContain('  Caused by: Error: the deeper reason');
  });

  test('is reported even if the thrown value is not an error', async () => {
    const { runtime } = await run(failing('a mere text'));
    expect(runtime.annotations.map(({ message }) => message).join()).toContain('Internal error: a mere text');
    expect(runtime.lines).toContain('  a mere text');
  });
});

test('reports any failure of a cancelled run as a cancellation, with the earlier writes', async () => {
  const controller = new AbortController();
  const execute: Tow['execute'] = (_plan, _session, _runtime, journal) => {
    journal.wrote('tag a in barges');
    controller.abort();
    throw new Error('aborted');
  };
  const { green, runtime } = await run({ execute }, { signal: controller.signal });
  expect(green).toBe(false);
  expect(runtime.outputs['failure-reason']).toBe('cancelled');
  expect(runtime.annotations).toEqual([
    {
      level: 'error',
      title: 'cancelled',
      message: 'The run was cancelled. Run it again: it continues where it stopped. [cancelled]',
    },
  ]);
  expect(runtime.lines).toContain('  tag a in barges');
  expect(runtime.lines).not.toContain('Stack, for the report');
});

test('ends running programs if a run fails', async () => {
  const ended: string[] = [];
  const note = (name: string) => (error: unknown) => {
    ended.push(`${name}: ${(error as Error).name}`);
  };
  const exec: Runtime['exec'] = (_program, _args, { signal } = {}) =>
    setTimeout(60_000, { exitCode: 0, stdout: '', stderr: '' }, { signal });
  const { green } = await run(
    {
      facts: (_inputs, _session, runtime) => {
        runtime.exec('docker', ['buildx', 'build']).catch(note('program'));
        runtime.signal.addEventListener('abort', () => ended.push('signal'));
        return Promise.reject(new CodedError('access-denied', 'AWS refused it.'));
      },
    },
    { exec },
  );
  expect(green).toBe(false);
  await setImmediate();
  expect(ended.sort()).toEqual(['program: AbortError', 'signal']);
});
