import { parsePlatform, formatPlatform } from '@towpath/reference';

/** A BuildKit daemon, reached over the network or a socket. */
export interface BuildkitNode {
  readonly endpoint: string;
  /** The platforms to build on it. Empty for the platforms that it reports itself. */
  readonly platforms: readonly string[];
  /** Options of buildx's remote driver, e.g. `cacert=/certs/ca.pem` (Docker docs, "Remote driver"). */
  readonly options: readonly string[];
}

/** The addresses that the remote driver accepts (buildx, driver/remote). */
const endpointPattern =
  /^(?:tcp|unix|ssh|docker-container|kube-pod|podman-container|nerdctl-container):\/\/\S+$/;

/** Whether the text is a list of node addresses and not the name of a builder. */
export function isNodeList(text: string): boolean {
  return text.includes('://');
}

/**
 * Parses nodes, one per line: `tcp://arm.example:1234 linux/arm64 cacert=ca.pem,cert=cert.pem,key=key.pem`.
 *
 * @param refuse receives a message for each error
 */
export function parseNodes(text: string, refuse: (message: string) => void): readonly BuildkitNode[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).flatMap((line): BuildkitNode[] => {
    const [endpoint = '', ...words] = line.split(/\s+/);
    const platforms = words.filter((word) => !word.includes('=')).flatMap((word) => word.split(','));
    const options = words.filter((word) => word.includes('=')).flatMap((word) => word.split(','));
    const wrong = platforms.filter((platform) => parsePlatform(platform) === undefined);
    if (!endpointPattern.test(endpoint))
      refuse(`${JSON.stringify(endpoint)} is not a valid address of a BuildKit node.`);
    if (wrong.length > 0)
      refuse(`${JSON.stringify(wrong.join(','))} after ${endpoint} is not a valid platform.`);
    return [{ endpoint, platforms: platforms.flatMap(normalise), options }];
  });
}

function normalise(text: string): string[] {
  const platform = parsePlatform(text);
  return platform === undefined ? [] : [formatPlatform(platform)];
}

/**
 * Groups nodes into builders. buildx uses one node per platform, so several nodes for a platform become several
 * builders, each with a node for every platform.
 */
export function groupNodes(nodes: readonly BuildkitNode[]): readonly (readonly BuildkitNode[])[] {
  const byPlatforms = [...Map.groupBy(nodes, ({ platforms }) => platforms.join(',')).values()];
  const most = Math.max(...byPlatforms.map((same) => same.length));
  return Array.from({ length: most }, (_, index) =>
    byPlatforms.flatMap((same) => same[index % same.length] ?? []),
  );
}
