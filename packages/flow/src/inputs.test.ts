import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  choice,
  count,
  duration,
  role,
  flag,
  list,
  optional,
  pairs,
  secretPairs,
  readInputs,
  required,
  text,
  withDefault,
  withStatedDefault,
  type Kind,
} from './inputs.ts';

/** Returns the value of an input text, or the message of its problem. */
function read<T>(kind: Kind<T>, given: string): T | string | undefined {
  const reading = readInputs({ it: optional(kind) }, ({ it }) => it).read({ it: given });
  return 'value' in reading ? reading.value : reading.problems.map(({ message }) => message).join();
}

describe('flag', () => {
  test.each(['true', 'True', 'TRUE'])('reads %s as true', (given) => {
    expect(read(flag, given)).toBe(true);
  });

  test.each(['false', 'False', 'FALSE'])('reads %s as false', (given) => {
    expect(read(flag, given)).toBe(false);
  });

  test.each(['ture', 'yes', 'no', 'on', '1', '0', 'tRUE', 'untrue', 'falsely'])(
    'rejects %s instead of reading it as false',
    (given) => {
      expect(read(flag, given)).toBe(`Input it is ${JSON.stringify(given)}: it must be true or false.`);
    },
  );
});

describe('list', () => {
  test('accepts JSON', () => {
    expect(read(list, '["a", " b", "a"]')).toEqual(['a', 'b']);
  });

  test.each(['[a, "b"]', '["a", b', '[a,\n b]'])('rejects other forms with brackets: %s', (given) => {
    expect(read(list, given)).toBe(
      `Input it is ${JSON.stringify(given)}: it must be items separated by commas or line ends such as a,b.`,
    );
  });

  test.each([
    { name: 'commas', given: 'a,b', expected: ['a', 'b'] },
    { name: 'line ends', given: 'a\nb\r\nc', expected: ['a', 'b', 'c'] },
    { name: 'both, and trims spaces', given: ' a , b\n\n  c,', expected: ['a', 'b', 'c'] },
    { name: 'separators without items', given: ',\n,', expected: [] },
  ])('splits at $name', ({ given, expected }) => {
    expect(read(list, given)).toEqual(expected);
  });

  test('rejects a YAML list and shows the accepted form', () => {
    expect(read(list, '- backend\n- web')).toBe(
      'Input it is "- backend\\n- web": it must be items separated by commas or line ends such as backend,web.',
    );
  });

  test('keeps the first of equal items', () => {
    expect(read(list, 'b,a,b')).toEqual(['b', 'a']);
  });
});

describe('pairs', () => {
  test('reads one pair per line', () => {
    expect(read(pairs, 'A=1\r\n\n  B=x=y, z \nC=')).toEqual(
      new Map([
        ['A', '1'],
        ['B', 'x=y, z '],
        ['C', ''],
      ]),
    );
  });

  test.each<{ given: string; expected: Readonly<Record<string, string>> }>([
    { given: '"VERSION=1.2"', expected: { VERSION: '1.2' } },
    { given: '"A=b,c"\nB=d,e', expected: { A: 'b,c', B: 'd,e' } },
    { given: '  "A=b"  \r\n\t"B=c"\r\n', expected: { A: 'b', B: 'c' } },
    { given: '"A=say ""no"""', expected: { A: 'say "no"' } },
    { given: '"A=one\ntwo\n\nthree"\nB=c', expected: { A: 'one\ntwo\n\nthree', B: 'c' } },
    { given: 'A="b"', expected: { A: '"b"' } },
    { given: 'A={"b":1,"c":["d","e"]}', expected: { A: '{"b":1,"c":["d","e"]}' } },
    { given: 'A=b,"c,d",e', expected: { A: 'b,c,d,e' } },
    { given: 'A= b \nB=c\t', expected: { A: ' b ', B: 'c\t' } },
    { given: 'A=1 ', expected: { A: '1 ' } },
    { given: 'A=\nB=', expected: { A: '', B: '' } },
    { given: 'my-arg.x=1', expected: { 'my-arg.x': '1' } },
    { given: 'A=1\nA=2', expected: { A: '2' } },
  ])('reads $given as docker/build-push-action does', ({ given, expected }) => {
    expect(read(pairs, given)).toEqual(new Map(Object.entries(expected)));
  });

  test.each([
    { given: 'A=1\n\n1B=2', line: 3 },
    { given: 'A=1\n"B"=2', line: 2 },
    { given: '"A=1\n2"\nB C=3', line: 3 },
    { given: 'A=1\n"B=2\nC=3', line: 2 },
    { given: 'A=1\nB', line: 2 },
  ])('names line $line of $given as the invalid line', ({ given, line }) => {
    const spec = readInputs({ it: required(pairs) }, (values) => values);
    expect(spec.read({ it: given })).toMatchObject({
      problems: [{ hint: expect.stringContaining(`Change line ${line}: `) as unknown }],
    });
  });

  test('reads a megabyte in time', () => {
    const started = performance.now();
    for (const piece of ['"a,', '"a"b,', '""",', '\n', '\r', ' ', '"', 'A=1\n'])
      read(pairs, piece.repeat(1_000_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test.each(['A', '=1', 'A=1\nB', 'A =1', 'two words=1'])('rejects %j without repeating it', (given) => {
    expect(read(pairs, given)).toBe('Input it is wrong: it must be one NAME=value a line.');
  });

  test('keeps everything after the first equals sign', () => {
    const value = fc.stringMatching(/^[!-~]{0,12}$/).filter((one) => !one.includes(',"'));
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z_]\w{0,7}$/), value, (name, one) => {
        expect(read(pairs, `${name}=${one}`)).toEqual(new Map([[name, one]]));
      }),
    );
  });
});

describe('secret pairs', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAw"=\n-----END PRIVATE KEY-----';

  test.each<{ name: string; given: string; expected: Readonly<Record<string, string>> }>([
    { name: 'pairs', given: 'A=1\n"B=2,3"', expected: { A: '1', B: '2,3' } },
    { name: 'lines in quotes', given: '"A=one\ntwo"', expected: { A: 'one\ntwo' } },
    {
      name: 'lines up to an end marker',
      given: `A=1\nKEY<<END\n${key}\nEND\nB=2`,
      expected: { A: '1', KEY: key, B: '2' },
    },
    { name: 'JSON', given: 'A<<EOF\n{\n  "a": "b,c"\n}\nEOF\n', expected: { A: '{\n  "a": "b,c"\n}' } },
    { name: 'an empty last line', given: 'A<<EOF\na\n\nEOF', expected: { A: 'a\n' } },
    { name: 'an empty value', given: 'A<<EOF\nEOF', expected: { A: '' } },
    { name: 'Windows line ends', given: 'A<<EOF\r\na\r\nb\r\nEOF\r\n', expected: { A: 'a\r\nb' } },
    { name: 'a value with <<', given: 'A=b<<c\nB=<<', expected: { A: 'b<<c', B: '<<' } },
  ])('reads $name', ({ given, expected }) => {
    expect(read(secretPairs, given)).toEqual(new Map(Object.entries(expected)));
  });

  test.each([
    { given: 'A=1\nKEY<<END\nlines', line: 2 },
    { given: `KEY=${key}`, line: 2 },
  ])('names line $line of a value without an end, and shows the multi-line form', ({ given, line }) => {
    const spec = readInputs({ it: required(secretPairs) }, (values) => values);
    expect(spec.read({ it: given })).toMatchObject({
      problems: [
        {
          message: 'Input it is wrong: it must be one NAME=value a line.',
          hint: expect.stringMatching(
            new RegExp(`^Change line ${line}: .*write NAME<<END, the lines of the value, and a line END\\.$`),
          ) as unknown,
        },
      ],
    });
  });

  test('reads a megabyte in time', () => {
    const started = performance.now();
    for (const piece of ['A<<B\n', 'A<<B\nB\n', 'A<', 'A', '\n', '"A<<B'])
      read(secretPairs, piece.repeat(1_000_000 / piece.length));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('count', () => {
  test.each([
    ['1', 1],
    ['24', 24],
  ])('reads %s as %d', (given, expected) => {
    expect(read(count, given)).toBe(expected);
  });

  test.each(['0', '-1', '1.5', 'x', '01', '1e9', '9999999999'])('rejects %s', (given) => {
    expect(read(count, given)).toBe(
      `Input it is ${JSON.stringify(given)}: it must be a whole number of 1 or more.`,
    );
  });
});

describe('role', () => {
  test('accepts the ARN of a role, with a path', () => {
    const arn = 'arn:aws-cn:iam::444455556666:role/teams/payroll/deploy';
    expect(read(role, arn)).toBe(arn);
  });

  test.each(['deploy', 'arn:aws:iam::4444:role/deploy', 'arn:aws:iam::444455556666:user/deploy'])(
    'rejects %s',
    (given) => {
      expect(read(role, given)).toBe(
        `Input it is ${JSON.stringify(given)}: it must be the ARN of an IAM role such as arn:aws:iam::444455556666:role/deploy.`,
      );
    },
  );
});

describe('duration', () => {
  test.each([
    { given: '90s', expected: 90_000 },
    { given: '15m', expected: 900_000 },
    { given: '2h', expected: 7_200_000 },
    { given: '1h30m', expected: 5_400_000 },
    { given: '1d', expected: 86_400_000 },
    { given: '2w1d', expected: 1_296_000_000 },
    { given: '1h1m1s', expected: 3_661_000 },
    { given: '0s', expected: 0 },
  ])('reads $given as $expected ms', ({ given, expected }) => {
    expect(read(duration, given)).toBe(expected);
  });

  test.each(['90', '15 m', 'm', '1m1h', '-5m', '1.5h', '5min', '1h1d', '9999999999d'])(
    'rejects %s',
    (given) => {
      expect(read(duration, given)).toBe(
        `Input it is ${JSON.stringify(given)}: it must be a duration such as 90s, 15m, 1h30m or 1d.`,
      );
    },
  );
});

describe('choice', () => {
  const severity = choice(['critical', 'high']);

  test('accepts an option in any case', () => {
    expect(read(severity, 'HIGH')).toBe('high');
  });

  test('lists its options if the text is not one of them, and names the nearest', () => {
    expect(read(severity, 'hihg')).toBe('Input it is "hihg": it must be one of critical, high.');
    const reading = readInputs({ it: optional(severity) }, ({ it }) => it).read({ it: 'hihg' });
    expect(reading).toMatchObject({ problems: [{ hint: 'Did you mean high?' }] });
  });
});

describe('readInputs', () => {
  const spec = readInputs(
    {
      version: required(text),
      only: withDefault(list, ['all']),
      'dry-run': withDefault(flag, false),
      registry: optional(text),
    },
    (values, problem) => {
      if (values.version === values.registry) problem('Version and registry are one.', 'Change one.');
      return values;
    },
  );

  test('returns one record with the given values and the defaults', () => {
    expect(spec.read({ version: ' 1.0.0\n', 'dry-run': 'true' })).toEqual({
      value: { version: '1.0.0', only: ['all'], 'dry-run': true, registry: undefined },
    });
  });

  test('treats white space as absent, because GitHub does not distinguish absent from empty', () => {
    expect(spec.read({ version: '1', only: ' \n', registry: '' })).toMatchObject({
      value: { only: ['all'], registry: undefined },
    });
  });

  test('reports all problems together, and suggests the nearest name for an unknown input', () => {
    expect(spec.read({ 'dry-run': 'ture', verison: '1.0.0' })).toEqual({
      problems: [
        { code: 'input-invalid', message: 'Input verison does not exist.', hint: 'Did you mean version?' },
        { code: 'input-invalid', message: 'Input version is required and was not given.' },
        { code: 'input-invalid', message: 'Input dry-run is "ture": it must be true or false.' },
      ],
    });
  });

  test('reports problems that concern several inputs', () => {
    expect(spec.read({ version: '1', registry: '1' })).toEqual({
      problems: [{ code: 'input-invalid', message: 'Version and registry are one.', hint: 'Change one.' }],
    });
  });

  test('does not call assemble if a value is missing', () => {
    const assemble = () => {
      throw new Error('the version is missing');
    };
    expect(readInputs({ version: required(text) }, assemble).read({})).toHaveProperty('problems.length', 1);
  });

  test('lists the names of its inputs', () => {
    expect(spec.names).toEqual(['version', 'only', 'dry-run', 'registry']);
  });

  test('does not hide a bug in a kind', () => {
    const broken: Kind<never> = {
      parse: () => {
        throw new RangeError('a defect');
      },
    };
    expect(() => read(broken, 'x')).toThrow(RangeError);
  });
});

describe('an input with a default in the metadata of the action', () => {
  const { read: readVersion } = readInputs({ version: withStatedDefault(text, 'auto') }, (values) => values);

  test('has its default if it is not given', () => {
    expect(readVersion({})).toEqual({ value: { version: 'auto' } });
  });

  test.each(['', ' ', '\n'])('is an error if it is %j, because the expression has no value', (version) => {
    expect(readVersion({ version })).toEqual({
      problems: [
        {
          code: 'input-invalid',
          message: 'Input version is empty: the expression that it comes from has no value.',
          hint: 'Check the names of the step and of its output. GitHub drops a job output that contains a masked value. To use the default, remove version.',
        },
      ],
    });
  });
});

test('ignores an unknown input if it is empty', () => {
  expect(readInputs({}, () => 'read').read({ other: ' ' })).toEqual({ value: 'read' });
});
