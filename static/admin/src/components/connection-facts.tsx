import type { ConnectionView } from '../../../../contract/admin';
import { texts } from '../texts';
import { Facts } from './facts';
import { Moment } from './moment';
import { Status, type Tone } from './status';

const TONES: Readonly<Record<ConnectionView['state'], Tone>> = {
  proposed: 'information',
  confirmed: 'success',
  mismatch: 'danger',
  revoked: 'neutral',
};
const SILENT_AFTER_MS = 30 * 60_000;

/** The state of a connection in a word: also whether its relay went silent or has problems. */
export function ConnectionState({ connection }: { connection: ConnectionView }) {
  const { state, relay, proposal } = connection;
  if (state === 'confirmed' && relay !== undefined) {
    if (Date.now() - Date.parse(relay.lastContact) > SILENT_AFTER_MS)
      return <Status tone="danger">{texts.connections.silent}</Status>;
    if (relay.problems.length > 0) return <Status tone="warning">{texts.connections.troubled}</Status>;
  }
  if (state === 'proposed' && proposal === undefined)
    return <Status tone="information">{texts.connections.waitingForRelay}</Status>;
  return <Status tone={TONES[state]}>{texts.connections.states[state]}</Status>;
}

/** What a connection is, in words: cluster, delivery, decisions, their ceiling, the relay. */
export function DecisionFacts({ connection }: { connection: ConnectionView }) {
  const { cluster, relay, delivery } = connection;
  return (
    <>
      <Facts
        facts={[
          [texts.terms.cluster, cluster?.name],
          [texts.terms.delivery, `${texts.connections.ways[delivery.way]} ${delivery.why}`],
          [texts.terms.teleport, relay?.teleportVersion],
          [texts.terms.decisions, relay && texts.decisionMode(relay.decisionMode)],
          [
            texts.terms.ceiling,
            relay &&
              (relay.ceiling.length === 0 ? (
                texts.connections.noCeiling
              ) : (
                <ul key="ceiling" className="plain">
                  {relay.ceiling.map((rule) => (
                    <li key={rule}>{rule}</li>
                  ))}
                </ul>
              )),
          ],
          [texts.terms.identity, relay && <Identity key="identity" relay={relay} />],
          [texts.terms.lastContact, relay && <Moment key="contact" at={relay.lastContact} />],
          [texts.terms.queue, relay && texts.connections.queue(relay.waiting, relay.failed)],
        ]}
      />
      {relay !== undefined && relay.problems.length > 0 && (
        <ul className="problems" aria-label={texts.connections.problems}>
          {relay.problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Identity({ relay }: { relay: NonNullable<ConnectionView['relay']> }) {
  const { identityUser, identityExpiresAt } = relay;
  if (identityExpiresAt === undefined) return <>{identityUser}</>;
  // Whether it ends soon for how it is renewed, the relay knows, and names it among its problems.
  const isOver = Date.parse(identityExpiresAt) < Date.now();
  return (
    <>
      {identityUser}, {texts.connections.validUntil} <Moment at={identityExpiresAt} />{' '}
      {isOver && <Status tone="danger">{texts.connections.identityOver}</Status>}
    </>
  );
}
