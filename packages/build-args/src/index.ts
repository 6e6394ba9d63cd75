export { proxyBuildArgs, type ProxyBuildArgs } from './proxy.ts';
