import { readDockerfile } from '@towpath/build-context';
import { parseRegistrySource, writeTowpathYaml, type Config } from '@towpath/config';
import { readStages } from '@towpath/dockerfile';
import { readTextWithin, requireWritableFile, writeFileInside } from '@towpath/files';
import { flag, optional, readInputs, text, withDefault, type Action } from '@towpath/flow';
import { bullets, heading, md, page } from '@towpath/markdown';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loaded } from './action-commands.ts';
import { findImages } from './find-images.ts';
import { workflowFiles, workflowVariables, type NewFile } from './workflow-files.ts';

interface Inputs {
  readonly from: string | undefined;
  readonly registry: string | undefined;
  readonly region: string | undefined;
  readonly yes: boolean;
  readonly overwrite: boolean;
  readonly dryRun: boolean;
  readonly planOut: undefined;
}

/** `keep`: the file exists with another content, and is not changed. `same`: it exists with this content. */
type Change = 'create' | 'replace' | 'keep' | 'same';

interface PlannedFile extends NewFile {
  readonly change: Change;
  /** The content that is replaced. */
  readonly old?: string;
}

interface Facts {
  readonly source: string;
  readonly images: readonly string[];
  readonly files: readonly PlannedFile[];
  readonly variables: readonly string[];
  readonly warnings: readonly string[];
}

interface Plan extends Facts {
  readonly yes: boolean;
}

/** In bytes. */
const maxFile = 1_048_576;

const inputs = readInputs(
  {
    from: optional(text),
    registry: optional(text),
    region: optional(text),
    yes: withDefault(flag, false),
    overwrite: withDefault(flag, false),
  },
  (values, problem): Inputs => {
    if (values.registry !== undefined && parseRegistrySource(values.registry) === undefined)
      problem(
        `Input registry is ${JSON.stringify(values.registry)}: it must be a registry of Amazon ECR.`,
        'Write for example 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll, or ssm: and the name of a parameter.',
      );
    return { ...values, dryRun: false, planOut: undefined };
  },
);

const action: Action<Inputs, Facts, Plan, undefined, { close(): Promise<void> }> = {
  name: 'init',
  inputs,
  open: () => ({ close: () => Promise.resolve() }),
  facts: async ({ from, registry, region, overwrite }, _session, runtime) => {
    const { workspace } = runtime;
    const { config: found, source, warnings } = await findImages(from, runtime);
    const given = registry === undefined ? undefined : parseRegistrySource(registry);
    const config = given === undefined ? found : { ...found, registry: given };
    const isWritten = /^towpath\.ya?ml$/.test(source);
    const files = [
      ...(isWritten ? [] : [{ path: 'towpath.yaml', content: writeTowpathYaml(config) }]),
      ...workflowFiles(config, { region, hasPrivateBases: await hasPrivateBases(config, workspace) }),
    ];
    const planned: PlannedFile[] = [];
    for (const file of files) planned.push(await planFile(file, workspace, overwrite));
    for (const path of ignoreFiles(config, workspace)) planned.push(...(await planIgnore(path, workspace)));
    return {
      source,
      images: [...config.bases, ...config.images].map(({ name }) => name),
      files: planned,
      variables: workflowVariables.filter((name) => files.some(({ content }) => content.includes(name))),
      warnings: [
        ...warnings,
        ...config.bases.map(
          ({ name }) =>
            `${name} is only built for other images in ${source}. As an image of towpath.yaml it is published, too.`,
        ),
      ],
    };
  },
  plan: ({ yes }, facts) => ({ ...facts, yes }),
  describe: ({ files, source }) =>
    files.filter(isWritten).map(({ path, change }) => ({ what: `${change} ${path}`, why: `for ${source}` })),
  execute: async ({ files, yes }, _session, { workspace }, journal) => {
    if (!yes) return undefined;
    const written = files.filter(isWritten);
    for (const { path } of written) await requireWritableFile(workspace, path);
    for (const { path, content } of written) {
      await writeFileInside(workspace, path, content);
      journal.wrote(`file ${path}`);
    }
    return undefined;
  },
  report: (plan) => ({
    outputs: {
      source: plan.source,
      images: JSON.stringify(plan.images),
      files: JSON.stringify(plan.files.map(({ path, change }) => ({ path, change }))),
      written: String(plan.yes),
      diff: plan.files.filter(isWritten).map(diffOf).join(''),
    },
    annotations: plan.warnings.map((message) => ({ level: 'warning', message })),
    summary: summarise(plan),
  }),
};

/** Writes a configuration and the workflows of a repository. */
export const init = { ...loaded(action), printed: 'diff', hasSummary: true };

function isWritten({ change }: PlannedFile): boolean {
  return change === 'create' || change === 'replace';
}

/** Returns the ignore files of images whose context is the root of the repository, which contains the image set. */
function ignoreFiles({ images, bases }: Config, workspace: string): ReadonlySet<string> {
  const inRoot = [...bases, ...images].filter(({ context }) => context === '.');
  // BuildKit prefers the ignore file of the Dockerfile.
  const ofDockerfile = (path: string) => (existsSync(join(workspace, path)) ? path : '.dockerignore');
  return new Set(inRoot.map(({ dockerfile }) => ofDockerfile(`${dockerfile}.dockerignore`)));
}

/** Lines of an ignore file that exclude the image set. */
const ignoresSet = /^(?:\/?\.towpath\/?|\*\*?|\.\*)[ \t\r]*$/m;

/** Plans to add the folder of the image set to an ignore file, which otherwise stays as it is. */
async function planIgnore(path: string, workspace: string): Promise<readonly PlannedFile[]> {
  const file = join(workspace, path);
  if (!existsSync(file)) return [{ path, content: '.towpath\n', change: 'create' }];
  const old = await readTextWithin(file, { code: 'config-invalid', name: path, maxBytes: maxFile });
  if (ignoresSet.test(old)) return [];
  const content = `${old}${old === '' || old.endsWith('\n') ? '' : '\n'}.towpath\n`;
  return [{ path, content, change: 'replace', old }];
}

async function planFile(file: NewFile, workspace: string, overwrite: boolean): Promise<PlannedFile> {
  const path = join(workspace, file.path);
  if (!existsSync(path)) return { ...file, change: 'create' };
  const old = await readTextWithin(path, { code: 'config-invalid', name: file.path, maxBytes: maxFile });
  if (old === file.content) return { ...file, change: 'same' };
  return overwrite ? { ...file, change: 'replace', old } : { ...file, change: 'keep' };
}

/** Returns the changes of a file as a patch that `git apply` accepts. */
function diffOf({ path, content, old }: PlannedFile): string {
  const before = old === undefined ? '/dev/null' : `a/${path}`;
  return createTwoFilesPatch(before, `b/${path}`, old ?? '', content, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
}

/** Whether a Dockerfile starts from an image in a private registry of ECR. */
async function hasPrivateBases({ images, bases }: Config, workspace: string): Promise<boolean> {
  for (const { dockerfile } of [...images, ...bases]) {
    const path = join(workspace, dockerfile);
    if (!existsSync(path)) continue;
    const { stages } = readStages((await readDockerfile(path, dockerfile)).toString());
    if (stages.some(({ base }) => base.includes('.dkr.ecr.'))) return true;
  }
  return false;
}

function summarise({ source, images, files, yes, variables }: Plan) {
  const kept = files.filter(({ change }) => change === 'keep');
  const same = files.filter(({ change }) => change === 'same');
  const written = files.filter(isWritten);
  const done = yes ? 'Written' : 'To write';
  return page(
    heading(3, `${images.length === 1 ? 'Image' : 'Images'} of ${source}: ${images.join(', ')}`),
    bullets([
      ...(written.length === 0
        ? ['Nothing to write.']
        : [md`${done}: ${written.map(({ path }) => path).join(', ')}`]),
      ...same.map(({ path }) => md`${path} is up to date.`),
      ...kept.map(({ path }) => md`${path} exists and is kept. To replace it, add --overwrite.`),
      ...(yes || written.length === 0 ? [] : ['Nothing was written. To write the files, add --yes.']),
      ...(variables.length === 0
        ? []
        : [
            md`The workflows read variables of the GitHub repository: ${variables.join(' and ')}. AWS_ROLE_PREFIX is the start of the ARN of each role, for example arn:aws:iam::111122223333:role/payroll-. To write both into the workflows, give --registry.`,
          ]),
    ]),
  );
}
