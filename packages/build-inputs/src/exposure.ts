import type { Declaration, Use } from '@towpath/dockerfile';
import type { Problem } from '@towpath/errors';
import { credentialsOf, proxyName, type Proxy } from '@towpath/proxy';

/** An image that is built with a proxy, and its Dockerfile's use of variables. */
export interface ProxiedImage {
  readonly name: string;
  readonly proxy: Proxy;
  /** Its own build args. They are visible on a command line. */
  readonly args: ReadonlyMap<string, string>;
  /** Whether to keep the proxy in its environment. */
  readonly persists: boolean;
  /** The Dockerfile, relative to the workspace. */
  readonly file: string;
  readonly declarations: readonly Declaration[];
  readonly uses: readonly Use[];
}

/**
 * Returns why an image may not be built: the password of the proxy would be in it, or on a command line.
 * BuildKit keeps the predefined build args out of an image unless its Dockerfile declares them. Then they
 * stay in its history.
 */
export function proxyRefusals(image: ProxiedImage): readonly Problem[] {
  return [...shownByArgs(image), ...(image.persists ? keptByImage(image) : []), ...keptByDockerfile(image)];
}

function shownByArgs({ name, proxy, args }: ProxiedImage): readonly Problem[] {
  return [...args.keys()]
    .filter((arg) => holdsSecret(proxy, arg))
    .map((arg) =>
      problem(
        `Image ${name} has the password of the proxy among its args, as ${arg}: anyone on the machine could read it.`,
        'Give it to the step instead, as a variable of its environment or by the input proxy.',
      ),
    );
}

function keptByImage({ name, proxy }: ProxiedImage): readonly Problem[] {
  return [...proxy.variables.keys()]
    .filter((variable) => holdsSecret(proxy, variable))
    .map((variable) =>
      problem(
        `Image ${name} would keep the password in ${variable}: its configuration says proxy: { persist: true }.`,
        'Keep the proxy out of the image (proxy: on), or use one without a password.',
      ),
    );
}

function keptByDockerfile({ name, proxy, file, declarations }: ProxiedImage): readonly Problem[] {
  return declarations
    .filter((one) => holdsSecret(proxy, one.name))
    .map((one) =>
      problem(
        `Image ${name} would hold the password of the proxy: ${file} declares ${one.instruction} ${one.name}.`,
        `Delete the line: ${one.name} is predefined for every RUN, and leaves no trace in the image.`,
        { file, line: one.line },
      ),
    );
}

/**
 * Returns why a built image may not be kept: its base declares the proxy by `ONBUILD`, which the Dockerfile
 * does not show.
 *
 * @param config the config of the image, with its environment and history
 */
export function proxyLeaks(
  { name, proxy }: Pick<ProxiedImage, 'name' | 'proxy'>,
  config: unknown,
): readonly Problem[] {
  const written = JSON.stringify(config);
  return [...proxy.variables]
    .filter(([variable]) => holdsSecret(proxy, variable))
    .filter(([, value]) => written.includes(JSON.stringify(value).slice(1, -1)))
    .map(([variable]) =>
      problem(
        `Image ${name} holds the password in ${variable}, and is not kept: an ONBUILD of its base image declares it.`,
        'Take a base image without it, or a proxy without a password.',
      ),
    );
}

/** Returns the warnings for an image that is built anyway. */
export function proxyWarnings({
  name,
  proxy,
  persists,
  file,
  declarations,
  uses,
}: ProxiedImage): readonly Problem[] {
  const isOpen = ({ name: variable }: Declaration) =>
    valueOf(proxy, variable) !== undefined && !holdsSecret(proxy, variable);
  return [
    ...(persists ? [] : declarations.filter(isOpen)).map((one) =>
      problem(
        `The digest of image ${name} depends on the proxy: ${file} declares ${one.instruction} ${one.name}.`,
        `Delete the line: ${one.name} is predefined for every RUN. To keep the proxy in the image, set proxy: { persist: true }.`,
        { file, line: one.line },
      ),
    ),
    ...uses
      .filter((one) => holdsSecret(proxy, one.name))
      .map((one) =>
        problem(
          `A step of image ${name} names ${one.name}, which holds a password: what it writes down stays in the image.`,
          'Most programs, such as apt, curl, npm and pip, find the proxy by themselves.',
          { file, line: one.line },
        ),
      ),
  ];
}

function valueOf({ variables }: Proxy, name: string): string | undefined {
  const known = proxyName(name);
  return known === undefined ? undefined : variables.get(known);
}

function holdsSecret(proxy: Proxy, name: string): boolean {
  return proxyName(name) !== 'NO_PROXY' && credentialsOf(valueOf(proxy, name) ?? '').length > 0;
}

function problem(message: string, hint: string, position?: Problem['position']): Problem {
  return { code: 'proxy-exposed', message, hint, position };
}
