/** What a person says about a new action. */
export interface NewAction {
  /** In kebab case, e.g. `scan-gate`. It is also the name of the folder and of the command. */
  readonly name: string;
  /** A sentence for the list of the actions. */
  readonly description: string;
  /** The place among the actions in the documentation. */
  readonly order: number;
}

/**
 * Returns the files of a new action, by their path from the root of the workspace. The action works as it is: it reads
 * the configuration and lists its images. Its test passes.
 */
export function actionFiles({ name, description, order }: NewAction): ReadonlyMap<string, string> {
  const variable = name.replaceAll(/-(?<letter>[a-z])/g, (_, letter: string) => letter.toUpperCase());
  const type = variable.charAt(0).toUpperCase() + variable.slice(1);
  const files: Readonly<Record<string, string>> = {
    'package.json': `${JSON.stringify(manifest(name, description, order), undefined, 2)}\n`,
    'action.yml': metadata(name, description),
    'README.md': readme(name, description),
    'src/main.ts': `import { run } from '@towpath/github';

void run(async () => (await import('./action.ts')).${variable});
`,
    'src/action.ts': `import type { Action } from '@towpath/flow';
import { Session } from '@towpath/session';
import { facts, type ${type}Facts } from './facts.ts';
import { inputs, type ${type}Inputs } from './inputs.ts';
import { describe, plan, type ${type}Plan } from './plan.ts';
import { report } from './report.ts';

/** ${description} */
export const ${variable}: Action<${type}Inputs, ${type}Facts, ${type}Plan, undefined, Session> = {
  name: '${name}',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts,
  plan,
  describe,
  execute: () => Promise.resolve(undefined),
  report,
};
`,
    'src/inputs.ts': `import { readInputs } from '@towpath/flow';
import { projectInputs, type ProjectInputs } from '@towpath/project';

export type ${type}Inputs = ProjectInputs;

export const inputs = readInputs(
  projectInputs,
  (values): ${type}Inputs => ({
    config: values.config,
    only: values.only,
    region: values.region,
    dryRun: values['dry-run'],
    planOut: values['plan-out'],
  }),
);
`,
    'src/facts.ts': `import type { Runtime } from '@towpath/flow';
import { openProject } from '@towpath/project';
import type { Session } from '@towpath/session';
import type { ${type}Inputs } from './inputs.ts';

export interface ${type}Facts {
  /** The names of the images of this step. */
  readonly images: readonly string[];
}

/** Reads the configuration. */
export async function facts(
  inputs: ${type}Inputs,
  _session: Session,
  runtime: Runtime,
): Promise<${type}Facts> {
  const { images } = await openProject(inputs, runtime);
  return { images: images.map(({ name }) => name) };
}
`,
    'src/plan.ts': `import type { PlannedStep } from '@towpath/flow';
import type { ${type}Facts } from './facts.ts';
import type { ${type}Inputs } from './inputs.ts';

export interface ${type}Plan {
  readonly images: readonly string[];
}

export function plan(_inputs: ${type}Inputs, { images }: ${type}Facts): ${type}Plan {
  return { images };
}

export function describe({ images }: ${type}Plan): readonly PlannedStep[] {
  return images.map((image) => ({ what: \`list \${image}\`, why: 'the configuration has it' }));
}
`,
    'src/report.ts': `import type { Report } from '@towpath/flow';
import { formatCount, heading, page, table } from '@towpath/markdown';
import type { ${type}Plan } from './plan.ts';

export function report({ images }: ${type}Plan): Report {
  return {
    outputs: { images: images.join(',') },
    summary: page(
      heading(3, formatCount(images.length, 'image')),
      table(
        ['Image'],
        images.map((image) => [image]),
      ),
    ),
  };
}
`,
    [`src/${name}.test.ts`]: `import { expect, test } from '@jest/globals';
import { runAction } from '@towpath/flow';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { ${variable} } from './action.ts';

test('lists the images of the configuration', async () => {
  const workspace = temporaryFolder();
  writeFiles(workspace, {
    'towpath.yaml':
      'registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll\\nimages: { web: {}, api: {} }\\n',
  });
  const runtime = { ...fakeRuntime({}), workspace };
  expect(await runAction(${variable}, runtime)).toBe(true);
  expect(runtime.outputs.images).toBe('web,api');
});
`,
  };
  return new Map(Object.entries(files).map(([path, text]) => [`actions/${name}/${path}`, text]));
}

/** Returns the package.json. Its version is that of the workspace: a release sets the version of all. */
function manifest(name: string, description: string, order: number): object {
  const packages = ['flow', 'github', 'markdown', 'project', 'session'];
  return {
    name: `@towpath/action-${name}`,
    version: '0.0.0',
    private: true,
    description,
    type: 'module',
    exports: './src/action.ts',
    dependencies: Object.fromEntries(packages.map((one) => [`@towpath/${one}`, '0.0.0'])),
    devDependencies: { '@towpath/testing': '0.0.0' },
    towpath: { order, bundleBudget: 800_000 },
  };
}

function metadata(name: string, description: string): string {
  return `name: Towpath ${name}
description: ${JSON.stringify(description)}
author: Towpath
branding: { icon: anchor, color: blue }

inputs:
  config:
    description: >-
      The configuration file, relative to the root of the repository. Default: the file that Towpath finds.
  only:
    description: 'The images to consider, by name, separated by commas or line ends. Default: all.'
  region:
    description: 'The AWS region. Default: \`AWS_REGION\`.'
  dry-run:
    description: '\`true\` stops after the plan. The step has no outputs then.'
    default: 'false'
  plan-out:
    description: >-
      A file for the plan of the step, as JSON
      ([schema](https://github.com/towpath/towpath/blob/main/schemas/plan.schema.json)). The path is relative to the
      workspace. Also works with \`dry-run\`. Default: no file is written.

outputs:
  images:
    description: The names of the images, separated by commas.
  failure-reason:
    description: The code of the first problem, if the step failed.
  problems:
    description: 'All problems as JSON: a list of \`{code, message, hint, place}\`.'

runs:
  using: node24
  main: dist/index.js
`;
}

function readme(name: string, description: string): string {
  return `# ${name}

${description}

\`\`\`yaml
steps:
  - uses: actions/checkout@v7
  - uses: towpath/towpath/actions/${name}@v1
\`\`\`

## Inputs

<!-- inputs -->

<!-- /inputs -->

## Outputs

<!-- outputs -->

<!-- /outputs -->

## Permissions

On GitHub: \`contents: read\` for the checkout. On AWS: none.
`;
}
