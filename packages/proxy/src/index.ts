export { isBuilderArg, isPlatformArg, proxyBuildArgs, type NamedArgs } from './build-args.ts';
export { imageProxy, withoutRepeated, type ImageProxy } from './image-proxy.ts';
export { isMaskable, maskableLines, proxyMasks } from './masks.ts';
export { redactStatement, redactText } from './redact.ts';
export {
  addressesWithPassword,
  credentialsOf,
  proxyName,
  proxyOf,
  type Proxy,
  type ProxyName,
  type Variables,
} from './proxy.ts';
