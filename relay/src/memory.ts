import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap near to what is in use. V8 lets garbage grow to a multiple of it where the machine has memory to spare; a
 * relay works little and lives beside others, so it rather collects more often. To be called before anything is allocated.
 */
export function keepHeapSmall(): void {
  // The old generation may grow by this share of what was in use after its last collection.
  setFlagsFromString('--heap-growing-percent=15');
  // The young generation stays at its first size.
  setFlagsFromString('--semi-space-growth-factor=1');
}
