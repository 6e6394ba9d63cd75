import type { BakePrinter } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';

/** A bake or Compose file as buildx evaluated it: its functions and variables have values. */
export interface EvaluatedConfig {
  /** The folder and the files that buildx read. */
  readonly call: Parameters<BakePrinter>[0];
  /** What `docker buildx bake --print` printed. */
  readonly json: string;
  /** The warnings of buildx. */
  readonly said: string;
}

/** In bytes. 1,000 targets need less. */
const maxBytes = 16 * 2 ** 20;

/**
 * Evaluates each configuration once in a run: keeps what buildx printed, or returns what another job kept.
 *
 * @param path the file of the other job, an absolute path; undefined: buildx evaluates
 * @throws CodedError `input-invalid` if the file is not of `matrix`
 */
export async function evaluation(
  path: string | undefined,
  print: BakePrinter,
): Promise<{ readonly print: BakePrinter; readonly result: () => EvaluatedConfig | undefined }> {
  let result = path === undefined ? undefined : await read(path);
  return {
    result: () => result,
    print: async (call) => {
      if (result !== undefined && sameCall(result.call, call)) return result;
      if (path !== undefined)
        throw wrong(
          path,
          `it is the evaluation of ${result?.call.files.join(', ') ?? ''} and not of ${call.files.join(', ')}`,
        );
      const answer = await print(call);
      if ('json' in answer) result = { call, json: answer.json, said: answer.said ?? '' };
      return answer;
    },
  };
}

function sameCall(one: EvaluatedConfig['call'], other: EvaluatedConfig['call']): boolean {
  return one.folder === other.folder && JSON.stringify(one.files) === JSON.stringify(other.files);
}

async function read(path: string): Promise<EvaluatedConfig> {
  const options = { code: 'input-invalid', maxBytes, followLink: false } as const;
  const text = await readTextWithin(path, options).catch((cause: unknown) => {
    throw cause instanceof CodedError ? cause : wrong(path, 'it cannot be read', cause);
  });
  const { call, json, said } = parse(text) as Partial<EvaluatedConfig>;
  const isCall = typeof call?.folder === 'string' && Array.isArray(call.files);
  if (!isCall || typeof json !== 'string' || typeof said !== 'string')
    throw wrong(path, 'matrix did not write it');
  return { call, json, said };
}

function parse(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

function wrong(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError('input-invalid', `The evaluated configuration ${path} cannot be used: ${why}.`, {
    hint: 'Download the artifact of the job that planned the matrix, and set evaluated-config to the file evaluated-config.json in it.',
    cause,
  });
}
