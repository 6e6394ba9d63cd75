export { isBuilderArg, proxyBuildArgs, type NamedArgs } from './build-args.ts';
export { proxyLeaks, proxyRefusals, proxyWarnings, type ProxiedImage } from './exposure.ts';
export { imageProxy, withoutRepeated, type ImageProxy } from './image-proxy.ts';
export { isJobCredential, isJobVariable, withoutJobCredentials } from './job-variables.ts';
export { isMaskable, maskableLines, proxyMasks } from './masks.ts';
export { redactStatement, redactText } from './redact.ts';
export {
  addressesWithPassword,
  proxyName,
  proxyOf,
  type Proxy,
  type ProxyName,
  type Variables,
} from './proxy.ts';
