import Lozenge from '@atlaskit/lozenge';

/** What a colour means. The word beside it says the same. */
export type Tone = 'success' | 'warning' | 'danger' | 'information' | 'neutral';

/** A word in a coloured box. */
export function Status({ tone, children }: { tone: Tone; children: string }) {
  return (
    <Lozenge appearance={tone} maxWidth={320}>
      {children}
    </Lozenge>
  );
}
