import { parsePlatform, formatPlatform } from '@towpath/reference';

/** A BuildKit that is reached over the network, or by a socket. */
export interface BuildkitNode {
  readonly endpoint: string;
  /** What it builds; empty: what it says itself. */
  readonly platforms: readonly string[];
  /** Options of buildx's remote driver, e.g. `cacert=/certs/ca.pem` (Docker docs, "Remote driver"). */
  readonly options: readonly string[];
}

/** How the remote driver reaches a BuildKit (buildx, driver/remote). */
const endpointPattern =
  /^(?:tcp|unix|ssh|docker-container|kube-pod|podman-container|nerdctl-container):\/\/\S+$/;

/** Whether a builder is given by the addresses of its nodes, and not by its name. */
export function isNodeList(text: string): boolean {
  return text.includes('://');
}

/**
 * Nodes, one a line: `tcp://arm.example:1234 linux/arm64 cacert=ca.pem,cert=cert.pem,key=key.pem`.
 *
 * @param refuse is told of each line that is none
 */
export function parseNodes(text: string, refuse: (message: string) => void): readonly BuildkitNode[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).flatMap((line): BuildkitNode[] => {
    const [endpoint = '', ...words] = line.split(/\s+/);
    const platforms = words.filter((word) => !word.includes('=')).flatMap((word) => word.split(','));
    const options = words.filter((word) => word.includes('=')).flatMap((word) => word.split(','));
    const wrong = platforms.filter((platform) => parsePlatform(platform) === undefined);
    if (!endpointPattern.test(endpoint)) refuse(`${JSON.stringify(endpoint)} is no address of a BuildKit.`);
    if (wrong.length > 0) refuse(`${JSON.stringify(wrong.join(','))} after ${endpoint} is no platform.`);
    return [{ endpoint, platforms: platforms.flatMap(usualName), options }];
  });
}

function usualName(text: string): string[] {
  const platform = parsePlatform(text);
  return platform === undefined ? [] : [formatPlatform(platform)];
}

/**
 * Nodes as builders: buildx uses one node for a platform, so that where there are several for it, there are several
 * builders, each with a node for every platform.
 */
export function fleetOf(nodes: readonly BuildkitNode[]): readonly (readonly BuildkitNode[])[] {
  const byPlatforms = [...Map.groupBy(nodes, ({ platforms }) => platforms.join(',')).values()];
  const most = Math.max(...byPlatforms.map((same) => same.length));
  return Array.from({ length: most }, (_, index) =>
    byPlatforms.flatMap((same) => same[index % same.length] ?? []),
  );
}
