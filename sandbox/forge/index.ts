export { startForge } from './host';
export { type ForgeOptions, type ForgeSandbox, type InvocationRecord } from './types';
