import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { plainBuild } from './build-options.ts';
import type { Config } from './config.ts';
import {
  hasImageBuildConfiguration,
  readImageBuildConfiguration,
  requireOwnMappings,
} from './model-forms.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

function parse(text: string): YamlFile {
  const yaml = parseYaml('template.yaml', text);
  if ('problems' in yaml) throw new Error(yaml.problems.map(({ message }) => message).join('; '));
  return yaml;
}

function read(...services: readonly string[]): Config {
  return readImageBuildConfiguration(parse(['ImageBuildConfiguration:', ...services].join('\n  ')));
}

function problemsOf(...services: readonly string[]): string[] {
  try {
    read(...services);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(
      ({ message, position }) => `${position?.line ?? ''}:${position?.column ?? ''} ${message}`,
    );
  }
}

describe('the model’s form', () => {
  test('is read from a SAM template that uses functions everywhere else', () => {
    const { images, file } = readImageBuildConfiguration(
      parse(`
Parameters: { Environment: { Type: String } }
Mappings:
  ImageBuildConfiguration:
    BusyBoxService:
      imageName: busybox-job
      buildContext: job
      dockerfile: job/Dockerfile
      platform: linux/amd64
    WebService: { imageName: web, platform: "linux/amd64, linux/arm64" }
Conditions: { Prod: !Equals [!Ref Environment, prod] }
Resources:
  Task:
    Properties:
      Image: !Sub
        - \${RepositoryPrefix}/\${Image}
        - { Image: !Join [":", [!FindInMap [ImageBuildConfiguration, BusyBoxService, imageName], x]] }
      Cpu: { "Fn::If": [Prod, 512, !Ref AWS::NoValue] }
`),
    );
    expect(file).toBe('template.yaml');
    expect(images).toEqual([
      {
        name: 'busybox-job',
        context: 'job',
        dockerfile: 'job/Dockerfile',
        platforms: [{ os: 'linux', architecture: 'amd64' }],
        ...plainBuild,
      },
      {
        name: 'web',
        context: '.',
        dockerfile: 'Dockerfile',
        platforms: [
          { os: 'linux', architecture: 'amd64' },
          { os: 'linux', architecture: 'arm64' },
        ],
        ...plainBuild,
      },
    ]);
  });

  test('uses the model’s tags, environments and gate, and the caller’s registry', () => {
    expect(read('Web: { imageName: web }')).toMatchObject({
      registry: { kind: 'caller' },
      tags: [{ source: 'build-{version}' }],
      environments: [{ name: 'dev' }, { name: 'test' }, { name: 'prod' }],
      gate: { failOn: 'critical' },
    });
  });

  test('resolves the Dockerfile of a service in its context', () => {
    expect(read('Web: { imageName: web, buildContext: web }').images[0]).toMatchObject({
      context: 'web',
      dockerfile: 'web/Dockerfile',
    });
  });

  test('reads one image for several services that build it the same way', () => {
    const { images } = read(
      'Web: { imageName: app, buildContext: ., platform: linux/amd64 }',
      'Worker: { imageName: app, platform: linux/amd64 }',
      'Other: { imageName: other }',
    );
    expect(images.map(({ name }) => name)).toEqual(['app', 'other']);
  });

  test.each([
    { name: 'at the top level', text: 'ImageBuildConfiguration: {}', expected: true },
    { name: 'under Mappings', text: 'Mappings: { ImageBuildConfiguration: {} }', expected: true },
    { name: 'even if it is empty', text: 'ImageBuildConfiguration:', expected: true },
    { name: 'in a template without it', text: 'Mappings: { Other: {} }', expected: false },
    { name: 'in another section', text: 'Resources: { ImageBuildConfiguration: {} }', expected: false },
    { name: 'under nothing', text: 'Mappings:', expected: false },
    { name: 'in an empty file', text: '', expected: false },
    { name: 'in a list', text: '- ImageBuildConfiguration', expected: false },
  ])('is detected at its own paths only: $name', ({ text, expected }) => {
    expect(hasImageBuildConfiguration(parse(text))).toBe(expected);
  });
});

describe('an error in the model’s form', () => {
  test.each([
    { name: 'nothing', services: [], expected: ['1:1 ImageBuildConfiguration is empty, but must be a map.'] },
    { name: 'no service', services: ['{}'], expected: ['1:1 ImageBuildConfiguration must name a service.'] },
    {
      name: 'a service without a name, a wrong platform and a wrong type',
      services: ['Web: { buildContext: web }', 'Job: { imageName: Job, platform: linux }', 'Api: web'],
      expected: [
        '2:3 ImageBuildConfiguration.Web.imageName is missing.',
        '3:10 ImageBuildConfiguration.Job.imageName must be lower-case letters and digits, with single . _ - between them.',
        '3:26 ImageBuildConfiguration.Job.platform must be a platform such as linux/amd64, not "linux".',
        '4:3 ImageBuildConfiguration.Api must be a map, not a text.',
      ],
    },
    {
      name: 'functions, which mappings may not contain',
      services: ['Web: { imageName: !Sub web, buildContext: !Join ["/", [a, b]] }'],
      expected: [
        '2:10 ImageBuildConfiguration.Web.imageName must be a text, not !Sub, which Towpath does not evaluate.',
        '2:31 ImageBuildConfiguration.Web.buildContext must be a text, not !Join, which Towpath does not evaluate.',
      ],
    },
    {
      name: 'a service from a function',
      services: ['Web: !FindInMap [A, B, C]'],
      expected: [
        '2:3 ImageBuildConfiguration.Web must be a map, not !FindInMap, which Towpath does not evaluate.',
      ],
    },
    {
      name: 'services from a transform',
      services: ['Fn::Transform: { Name: AWS::Include }'],
      expected: [
        '1:1 ImageBuildConfiguration must be a map, not Fn::Transform, which Towpath does not evaluate.',
      ],
    },
    {
      name: 'unknown keys, with suggestions',
      services: [
        'Web: { imageName: web, platforms: linux/arm64, buildcontext: web, dockerFile: Dockerfile, cpu: 1 }',
      ],
      expected: [
        '2:26 ImageBuildConfiguration.Web has no key "platforms". Did you mean platform?',
        '2:50 ImageBuildConfiguration.Web has no key "buildcontext". Did you mean buildContext?',
        '2:69 ImageBuildConfiguration.Web has no key "dockerFile". Did you mean dockerfile?',
        '2:93 ImageBuildConfiguration.Web has no key "cpu". Valid: imageName, buildContext, dockerfile, platform.',
      ],
    },
    {
      name: 'a platform that does not exist',
      services: ['Web: { imageName: web, platform: "linux/amd64, linux/aarm64" }'],
      expected: [
        '2:26 ImageBuildConfiguration.Web.platform must be a platform such as linux/amd64, not "linux/aarm64". Did you mean linux/arm64?',
      ],
    },
    {
      name: 'functions in their long form',
      services: [
        'Web: { imageName: { Ref: Name }, platform: { Fn::If: [a, b, c] } }',
        'Job: { Ref: Job }',
        'Fn::Transform: { Name: AWS::Include, Parameters: { Location: x } }',
      ],
      expected: [
        '2:10 ImageBuildConfiguration.Web.imageName must be a text, not Ref, which Towpath does not evaluate.',
        '2:36 ImageBuildConfiguration.Web.platform must be a text, not Fn::If, which Towpath does not evaluate.',
        '3:3 ImageBuildConfiguration.Job must be a map, not Ref, which Towpath does not evaluate.',
        '4:3 ImageBuildConfiguration."Fn::Transform" must be a map, not Fn::Transform, which Towpath does not evaluate.',
      ],
    },
    {
      name: 'one image that is built in two ways',
      services: ['Web: { imageName: app }', 'Worker: { imageName: app, dockerfile: Worker }'],
      expected: [
        '3:13 ImageBuildConfiguration.Worker.imageName is also the image of Web, which builds it in another way.',
      ],
    },
  ])('is reported with its position: $name', ({ services, expected }) => {
    expect(problemsOf(...services)).toEqual(expected);
  });

  test('has a hint if the value is a function', () => {
    expect(() => read('Web: { imageName: !Sub web }')).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^Write the value itself\./) as unknown }),
    );
  });

  test.each([
    'Mappings: { Fn::Transform: { Name: AWS::Include } }',
    'Mappings: { Other: {}, Fn::Transform: { Name: AWS::Include } }',
  ])('is reported for a mapping that is included from another file: %s', (text) => {
    expect(() => {
      requireOwnMappings(parse(text));
    }).toThrow('Mappings holds Fn::Transform');
  });

  test('is reported with the full path in a template', () => {
    const yaml = parse('Mappings:\n  ImageBuildConfiguration:\n    Web: {}\n');
    expect(() => readImageBuildConfiguration(yaml)).toThrow(
      'Mappings.ImageBuildConfiguration.Web.imageName is missing.',
    );
  });
});
