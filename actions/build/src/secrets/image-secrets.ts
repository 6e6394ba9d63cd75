import type { BuildRequest } from '@towpath/buildx';
import { forAll } from '@towpath/concurrency';
import { insideWorkspace, type ImageConfig } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import { openFile, readTextWithin, type OpenOptions } from '@towpath/files';
import { maskableLines } from '@towpath/proxy';
import { stat } from 'node:fs/promises';
import { requireNoJobFile } from './job-files.ts';

/** Where secrets and keys are read from. */
export interface JobContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspace: string;
}

/** @throws CodedError that lists every missing variable and file */
export async function readSecrets(
  { name, secrets }: ImageConfig,
  { env, workspace }: JobContext,
): Promise<BuildRequest['secrets']> {
  const problems: Problem[] = [];
  const read = new Map<string, { env: string } | { file: string }>();
  for (const [id, source] of secrets) {
    if ('env' in source) {
      if (env[source.env] === undefined) problems.push(missingVariable(name, id, source.env));
      read.set(id, source);
    } else {
      const file = insideWorkspace(workspace, source.file);
      await requireNoJobFile({ what: `secret ${id}`, image: name, written: source.file }, file, env);
      if (!(await canRead(file, { code: 'config-invalid', name: `The secret ${id} of image ${name}` })))
        problems.push(missingFile(`secret ${id}`, name, source.file, secretInstead));
      read.set(id, { file });
    }
  }
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} secrets are missing.`);
  return read;
}

function missingVariable(image: string, id: string, variable: string): Problem {
  return {
    code: 'secret-missing',
    message: `The secret ${id} of image ${image} has env: ${variable}, but ${variable} is not set.`,
    hint: `Give the value as ${variable}=… in the input secrets of build, or in the secret build-secrets of the reusable workflows. A run for a fork has no secrets.`,
  };
}

/** @param instead what to do in a reusable workflow, to which the caller cannot add steps */
function missingFile(what: string, image: string, file: string, instead: string): Problem {
  return {
    code: 'secret-missing',
    message: `The ${what} of image ${image} needs the file ${file}, which does not exist.`,
    hint: `Write the file in a step before this one, at this path from the root of the repository. The reusable workflows have no such step: ${instead}`,
  };
}

const secretInstead =
  'write env: and the name of a variable instead of file: in the configuration, and give the value in build-secrets.';
const stepsInstead = 'call the actions as single steps instead.';

/** @throws CodedError that lists every missing key and agent */
export async function readKeys(
  { name, ssh }: ImageConfig,
  { workspace, env }: JobContext,
): Promise<BuildRequest['ssh']> {
  const problems: Problem[] = [];
  const read: { id: string; keys: readonly string[] }[] = [];
  for (const { id, keys } of ssh) {
    const files = keys.map((key) => insideWorkspace(workspace, key));
    for (const [index, file] of files.entries()) {
      await requireNoJobFile({ what: `SSH key ${id}`, image: name, written: keys[index] ?? '' }, file, env);
      if (!(await isKey(file, `The SSH key ${id} of image ${name}`)))
        problems.push(missingFile(`SSH key ${id}`, name, keys[index] ?? '', stepsInstead));
    }
    if (keys.length === 0 && env.SSH_AUTH_SOCK === undefined) problems.push(missingAgent(name, id));
    read.push({ id, keys: files });
  }
  if (problems.length > 0) throw CodedError.of(problems, (count) => `${count} SSH keys are missing.`);
  return read;
}

function missingAgent(image: string, id: string): Problem {
  return {
    code: 'secret-missing',
    message: `Image ${image} needs an SSH agent for ssh: [${id}], but SSH_AUTH_SOCK is not set.`,
    hint: `Start an SSH agent in a step before this one, or name a key file: ssh: ["${id}=path/to/key"]. The reusable workflows have no such step: ${stepsInstead}`,
  };
}

/** Returns whether the path is a key file or the socket of an agent (BuildKit, `sshprovider`). */
async function isKey(path: string, name: string): Promise<boolean> {
  const isSocket = await stat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
  return isSocket || canRead(path, { code: 'config-invalid', name });
}

/** @throws CodedError if the path is not a file */
async function canRead(path: string, options: OpenOptions): Promise<boolean> {
  try {
    await (await openFile(path, options)).close();
    return true;
  } catch (error) {
    if (error instanceof CodedError) throw error;
    return false;
  }
}

/** The secret values that build steps receive. */
export interface SecretTexts {
  /** The values to mask in the log. */
  readonly masks: readonly string[];
  /** The ids of secrets that are not masked at all. */
  readonly shown: readonly string[];
}

/** In bytes (BuildKit, `secretsprovider.MaxSecretSize`). */
const maxSecret = 500 * 1024;

/** Returns the values to mask for the secrets of all images. */
export async function secretTexts(
  images: readonly { readonly secrets: BuildRequest['secrets'] }[],
  env: JobContext['env'],
): Promise<SecretTexts> {
  const texts = await forAll(
    images.flatMap(({ secrets }) => [...secrets]),
    async ([id, source]) => {
      const options = { code: 'config-invalid', name: `The secret ${id}`, maxBytes: maxSecret } as const;
      const text = 'env' in source ? (env[source.env] ?? '') : await readTextWithin(source.file, options);
      return { id, text, masks: maskableLines([text]) };
    },
  );
  const shown = texts.filter(({ text, masks }) => text.trim() !== '' && masks.length === 0);
  return {
    masks: [...new Set(texts.flatMap(({ masks }) => masks))],
    shown: [...new Set(shown.map(({ id }) => id))],
  };
}
