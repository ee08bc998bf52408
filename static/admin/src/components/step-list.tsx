import type { SetUpStep } from '../../../../contract/admin';
import { texts } from '../texts';
import { SiteLink } from './link';
import { Status, type Tone } from './status';

const TONES: Readonly<Record<SetUpStep['state'], Tone>> = {
  created: 'success',
  found: 'success',
  done: 'success',
  skipped: 'neutral',
  failed: 'danger',
  open: 'information',
};

/** Receipts of a set-up: each step with what became of it. */
export function StepList({ steps }: { steps: readonly SetUpStep[] }) {
  return (
    <ol className="rows" aria-label={texts.setUp.receipts}>
      {steps.map(({ key, title, state, text, url, needsAttention, instructions = [] }) => (
        <li key={key} className="row">
          <div className="row-main">
            <strong>{title}</strong>
            <p className="subtle">{text}</p>
            {instructions.length > 0 && (
              <ol>
                {instructions.map((instruction) => (
                  <li key={instruction}>{instruction}</li>
                ))}
              </ol>
            )}
            {url !== undefined && (
              <p>
                <SiteLink url={url}>{texts.setUp.openInJira}</SiteLink>
              </p>
            )}
          </div>
          {needsAttention === true ? (
            <Status tone="warning">{texts.setUp.needsAttention}</Status>
          ) : (
            <Status tone={TONES[state]}>{texts.setUp.states[state]}</Status>
          )}
        </li>
      ))}
    </ol>
  );
}
