import type { ReactNode } from 'react';

/** A list of terms and what they are; facts that are not known are left out. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode | undefined])[] }) {
  return (
    <dl className="facts">
      {facts.map(([term, fact]) =>
        fact === undefined ? null : (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
