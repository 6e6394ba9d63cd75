import { join } from 'node:path';

/**
 * The configuration of a BuildKit of our own, for the set-up and for tests. Everything is named here, so that neither
 * /etc/buildkit nor /run/buildkit of the machine are read or written.
 * RUN steps have the machine's network, as it is: a proxy or a registry on its loopback answers them.
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
