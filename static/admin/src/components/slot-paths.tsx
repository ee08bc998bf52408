import type { SlotName, SlotPath } from '../../../../contract/admin';
import { texts } from '../texts';
import { useCall } from '../use-call';
import { Message } from './message';
import { Section } from './page';
import { Load } from './states';

const SLOTS = ['pending', 'approved', 'denied', 'expired'] as const;
/** A way that is not there is no fault in itself; the warnings tell which ones are missed. */
const TONES = { yes: 'good-text', no: 'subtle', unknown: 'subtle' } as const;

/** Shows which slot the app reaches from which, and where a way back is missing. */
export function SlotPaths(question: {
  projectId: string;
  issueTypeId: string;
  slots: Record<SlotName, string[]>;
}) {
  const source = useCall('checkPaths', question);
  return (
    <Section title={texts.paths.title} lead={texts.paths.lead}>
      <Load source={source}>
        {({ paths, warnings }) => (
          <>
            <div className="scroll" tabIndex={0} role="group" aria-label={texts.paths.title}>
              <table>
                <caption className="visually-hidden">{texts.paths.caption}</caption>
                <thead>
                  <tr>
                    <th scope="col">{texts.paths.from}</th>
                    {SLOTS.map((slot) => (
                      <th key={slot} scope="col">
                        {texts.paths.to(texts.slots[slot].name)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {SLOTS.map((from) => (
                    <tr key={from}>
                      <th scope="row">{texts.slots[from].name}</th>
                      {SLOTS.map((to) => (
                        <Cell key={to} path={paths.find((path) => path.from === from && path.to === to)} />
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {warnings.length > 0 ? (
              <Message tone="warning" title={texts.paths.warnings}>
                <ul>
                  {warnings.map((warning) => (
                    <li key={warning}>{warning}</li>
                  ))}
                </ul>
              </Message>
            ) : (
              <Message tone="success" title={texts.paths.allGood} />
            )}
          </>
        )}
      </Load>
    </Section>
  );
}

function Cell({ path }: { path: SlotPath | undefined }) {
  if (path === undefined) return <td className="subtle">–</td>;
  return <td className={TONES[path.reachable]}>{texts.paths.reachable[path.reachable]}</td>;
}
