export { startForge } from './host';
export {
  REALISTIC_EVENT_DELAY_MS,
  type FinishedPlatformCall,
  type ForgeFaults,
  type ForgeOptions,
  type ForgeSandbox,
  type InvocationCause,
  type InvocationOutcome,
  type InvocationRecord,
  type KvsCounters,
  type KvsInspection,
  type LogLine,
  type PlatformCall,
  type PlatformTarget,
} from './types';
