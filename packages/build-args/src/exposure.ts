import type { Declaration, Use } from '@towpath/dockerfile';
import type { Problem } from '@towpath/errors';
import { credentialsOf, proxyName, type Proxy } from './proxy.ts';

/** An image that is built with a proxy, and what its Dockerfile says of variables. */
export interface ProxiedImage {
  readonly name: string;
  readonly proxy: Proxy;
  /** Whether it shall keep the proxy in its environment. */
  readonly persists: boolean;
  /** The Dockerfile, relative to the workspace. */
  readonly file: string;
  readonly declarations: readonly Declaration[];
  readonly uses: readonly Use[];
}

/** A variable of the proxy that has a value. */
type Named = Pick<Declaration, 'name' | 'line'>;

/**
 * Why an image may not be built: the password of the proxy would be in it. BuildKit keeps the predefined build args
 * out of an image unless its Dockerfile declares them; then they stand in its history for good.
 */
export function proxyRefusals({
  name,
  proxy,
  persists,
  file,
  declarations,
}: ProxiedImage): readonly Problem[] {
  const kept = persists ? [...proxy.variables.keys()] : [];
  return [
    ...kept
      .filter((variable) => holdsSecret(proxy, { name: variable }))
      .map((variable) =>
        problem(
          `Image ${name} would keep the password in ${variable}: its configuration says proxy: { persist: true }.`,
          'Keep the proxy out of the image (proxy: on), or use one without a password.',
          { file },
        ),
      ),
    ...declarations
      .filter((one) => holdsSecret(proxy, one))
      .map((one) =>
        problem(
          `Image ${name} would hold the password of the proxy: ${file} declares ${one.instruction} ${one.name}.`,
          `Delete the line: ${one.name} is predefined for every RUN, and leaves no trace in the image.`,
          { file, line: one.line },
        ),
      ),
  ];
}

/** What is to be said of an image that is built all the same. */
export function proxyWarnings({
  name,
  proxy,
  persists,
  file,
  declarations,
  uses,
}: ProxiedImage): readonly Problem[] {
  const isOpen = (one: Named) => valueOf(proxy, one) !== undefined && !holdsSecret(proxy, one);
  return [
    ...(persists ? [] : declarations.filter(isOpen)).map((one) =>
      problem(
        `The digest of image ${name} depends on the proxy: ${file} declares ${one.instruction} ${one.name}.`,
        `Delete the line: ${one.name} is predefined for every RUN. An image that shall keep it says proxy: { persist: true }.`,
        { file, line: one.line },
      ),
    ),
    ...uses
      .filter((one) => holdsSecret(proxy, one))
      .map((one) =>
        problem(
          `A step of image ${name} names ${one.name}, which holds a password: what it writes down stays in the image.`,
          'Most programs, such as apt, curl, npm and pip, find the proxy by themselves.',
          { file, line: one.line },
        ),
      ),
  ];
}

function valueOf({ variables }: Proxy, { name }: Pick<Named, 'name'>): string | undefined {
  const known = proxyName(name);
  return known === undefined ? undefined : variables.get(known);
}

function holdsSecret(proxy: Proxy, variable: Pick<Named, 'name'>): boolean {
  return proxyName(variable.name) !== 'NO_PROXY' && credentialsOf(valueOf(proxy, variable) ?? '').length > 0;
}

function problem(message: string, hint: string, place: Problem['place']): Problem {
  return { code: 'proxy-exposed', message, hint, place };
}
