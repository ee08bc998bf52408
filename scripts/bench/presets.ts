import type { World } from '../../test/support/world';

/** What the parts that stand for Jira and for the platform take: nothing, or about as long as the real ones. */
export const PRESETS = ['zero', 'realistic'] as const;
export type Preset = (typeof PRESETS)[number];

/** What the realistic preset stands for, in words; the ranges are those of `sandbox/forge/latency.ts` and `sandbox/jira/rest-api.ts`. */
export const PRESET_IN_WORDS: Readonly<Record<Preset, string>> = {
  zero: 'no latency is simulated',
  realistic:
    'Jira 40–250 ms a call, an invocation 40–120 ms, a cold start 600–1,200 ms more, the store 5–15 ms, the queue 15–40 ms, a remote 20–60 ms',
};

/** Lets Jira and the platform take as long as the preset says from now on. */
export function apply({ sandbox }: World, preset: Preset): void {
  sandbox.forge.faults.latency = preset;
  sandbox.jira.faults.latency = preset;
}
