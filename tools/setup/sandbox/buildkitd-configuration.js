import { join } from 'node:path';

/**
 * Returns the configuration for a separate BuildKit, for set-up and tests. It sets every path, so that
 * /etc/buildkit and /run/buildkit are neither read nor written.
 * RUN steps use the host network, so that a proxy or registry on its loopback address is reachable.
 *
 * @param {string} folder
 * @param {string} socket
 */
export function buildkitdConfiguration(folder, socket) {
  return `root = ${JSON.stringify(join(folder, 'root'))}
[grpc]
address = [${JSON.stringify(`unix://${socket}`)}]
[otel]
socketPath = ${JSON.stringify(`${socket}.otel`)}
[cdi]
disabled = true
[worker.oci]
enabled = true
networkMode = "host"
gc = true
maxUsedSpace = "4GB"
[worker.containerd]
enabled = false
`;
}
