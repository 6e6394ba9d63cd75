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
        `Image ${name} has the password of the proxy in its build arg ${arg}, which every user of the machine can read.`,
        'Remove the build arg. Set the proxy in env of the step, or in the input proxy.',
      ),
    );
}

function keptByImage({ name, proxy }: ProxiedImage): readonly Problem[] {
  return [...proxy.variables.keys()]
    .filter((variable) => holdsSecret(proxy, variable))
    .map((variable) =>
      problem(
        `Image ${name} would contain the password of the proxy in ${variable}, because its configuration has proxy: { persist: true }.`,
        'Set proxy: on, so that the proxy is not in the image, or use a proxy without a password.',
      ),
    );
}

function keptByDockerfile({ name, proxy, file, declarations }: ProxiedImage): readonly Problem[] {
  return declarations
    .filter((one) => holdsSecret(proxy, one.name))
    .map((one) =>
      problem(
        `Image ${name} would contain the password of the proxy: ${file} declares ${one.instruction} ${one.name}.`,
        `Delete the line: ${one.name} is predefined for every RUN, without being part of the image.`,
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
        `Image ${name} contains the password of the proxy in ${variable}, because an ONBUILD of its base image declares it. The image was discarded.`,
        'Use a base image without this ONBUILD, or a proxy without a password.',
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
          `A RUN of image ${name} uses ${one.name}, which contains a password. If it writes the value to a file, the file stays in the image.`,
          'Remove ${one.name} from the command: programs such as apt, curl, npm and pip read the variable themselves.',
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
