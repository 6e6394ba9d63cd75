export {
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type PublicRegistryAddress,
  type RegistryAddress,
} from './emulator.ts';
export type { Expired, Expiry } from './admin/expire.ts';
export { evaluate as evaluateLifecycle } from './lifecycle/evaluate.ts';
export type { LifecycleResult } from './lifecycle/result.ts';
export { parseLifecyclePolicy } from './lifecycle/policy.ts';
export type { Image } from './registry/record.ts';
export type { Effect, Fault } from './faults/fault.ts';
export type { LoggedRequest, Plane } from './http/request-log.ts';
export type { ScanScript, ScanScripts } from './scan/script.ts';
export type { ScanDelays } from './scan/state.ts';
