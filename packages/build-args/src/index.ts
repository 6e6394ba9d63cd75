export { proxyBuildArgs, type NamedArgs } from './build-args.ts';
export { isProxyName, proxyOf, type Proxy, type ProxyName, type Variables } from './proxy.ts';
