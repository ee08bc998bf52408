import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { ConnectionView } from '../../../../contract/admin';
import { Backfill } from '../components/backfill';
import { ConfirmCluster } from '../components/confirm-cluster';
import { ConnectionState, DecisionFacts } from '../components/connection-facts';
import { Dialog } from '../components/dialog';
import { Facts } from '../components/facts';
import { tellSuccess } from '../components/flags';
import { Message } from '../components/message';
import { Moment } from '../components/moment';
import { Page, Section } from '../components/page';
import { PairForm } from '../components/pair-form';
import { PairingToken } from '../components/secret';
import { Empty, Failure, Load } from '../components/states';
import type { PageProps } from '../app';
import { texts } from '../texts';
import { useAction, useCall, usePolling } from '../use-call';

const REFRESH_MS = 5_000;

/** Clusters that this site is joined to, and all that can be done about them. */
export default function ConnectionsPage({ wizard }: PageProps) {
  const source = useCall('listConnections', {});
  const [token, setToken] = useState<string>();
  usePolling(source.reload, REFRESH_MS, source.loaded.state === 'ready');
  const changed = (): void => {
    void source.reload();
    void wizard.reload();
  };
  const showToken = (made: string): void => {
    setToken(made);
    changed();
  };
  return (
    <Page title={texts.connections.title} lead={texts.connections.lead}>
      {token !== undefined && (
        <PairingToken
          token={token}
          onDone={() => {
            setToken(undefined);
          }}
        />
      )}
      <Load source={source}>
        {({ connections }) => (
          <>
            <Live
              connections={connections.filter(({ state }) => state !== 'revoked')}
              onChanged={changed}
              onToken={showToken}
            />
            <Section title={texts.pair.title} lead={texts.pair.lead}>
              <PairForm onToken={showToken} />
            </Section>
            <Revoked connections={connections.filter(({ state }) => state === 'revoked')} />
          </>
        )}
      </Load>
    </Page>
  );
}

interface Callbacks {
  onChanged: () => void;
  onToken: (token: string) => void;
}

function Live({ connections, ...callbacks }: Callbacks & { connections: readonly ConnectionView[] }) {
  if (connections.length === 0)
    return <Empty title={texts.connections.emptyTitle} text={texts.connections.emptyText} />;
  return (
    <ul className="cards wide-cards" aria-label={texts.connections.list}>
      {connections.map((connection) => (
        <ConnectionCard key={connection.id} connection={connection} {...callbacks} />
      ))}
    </ul>
  );
}

function ConnectionCard({ connection, onChanged, onToken }: Callbacks & { connection: ConnectionView }) {
  const { id, name, state, delivery, keys } = connection;
  const [isRevoking, setRevoking] = useState(false);
  const rotate = useAction('rotateConnection');
  const push = useAction('choosePush');
  const choosePush = (connectionId: string | null): void =>
    void push.run({ connectionId }).then((value) => {
      if (value !== undefined) onChanged();
    });
  return (
    <li className="card">
      <h3>
        {name} <ConnectionState connection={connection} />
      </h3>
      {state === 'mismatch' && (
        <Message tone="danger" title={texts.connections.mismatchTitle}>
          <p>{texts.connections.mismatchText}</p>
        </Message>
      )}
      <ConfirmCluster connection={connection} onConfirmed={onChanged} />
      <DecisionFacts connection={connection} />
      <Facts
        facts={[
          [
            texts.terms.fingerprint,
            connection.cluster && <code key="fingerprint">{connection.cluster.caFingerprint}</code>,
          ],
          [texts.terms.relay, connection.relay?.version],
          [
            texts.terms.mirrored,
            connection.mirrorSince && <Moment key="since" at={connection.mirrorSince} />,
          ],
          [
            texts.terms.keys,
            <ul key="keys" className="plain">
              {keys.map(({ keyId, createdAt, expiresAt }) => (
                <li key={keyId}>
                  <code>{keyId}</code>, {texts.connections.keyMade} <Moment at={createdAt} short />
                  {expiresAt !== undefined && (
                    <>
                      , {texts.connections.keyEnds} <Moment at={expiresAt} short />
                    </>
                  )}
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
      {rotate.error !== undefined && <Failure error={rotate.error} />}
      {push.error !== undefined && <Failure error={push.error} />}
      <div className="actions">
        <Button
          isLoading={rotate.isBusy}
          onClick={() =>
            void rotate.run({ connectionId: id }).then((made) => {
              if (made !== undefined) onToken(made.pairingToken);
            })
          }
        >
          {texts.connections.rotate}
        </Button>
        {state === 'confirmed' && (
          <Button
            isLoading={push.isBusy}
            onClick={() => {
              choosePush(delivery.isChosenForPush ? null : id);
            }}
          >
            {delivery.isChosenForPush ? texts.connections.stopPush : texts.connections.choosePush}
          </Button>
        )}
        {connection.relay !== undefined && state === 'confirmed' && (
          <Backfill connectionId={id} name={name} expected={connection.relay.olderRequests} />
        )}
        <Button
          appearance="subtle"
          onClick={() => {
            setRevoking(true);
          }}
        >
          {texts.connections.revoke}
        </Button>
      </div>
      {isRevoking && (
        <RevokeDialog
          connection={connection}
          onClose={() => {
            setRevoking(false);
          }}
          onRevoked={onChanged}
        />
      )}
    </li>
  );
}

function RevokeDialog({
  connection,
  onClose,
  onRevoked,
}: {
  connection: ConnectionView;
  onClose: () => void;
  onRevoked: () => void;
}) {
  const revoke = useAction('revokeConnection');
  return (
    <Dialog
      title={texts.revoke.title(connection.name)}
      onClose={onClose}
      actions={
        <Button
          appearance="danger"
          isLoading={revoke.isBusy}
          onClick={() =>
            void revoke.run({ connectionId: connection.id }).then((value) => {
              if (value === undefined) return;
              onClose();
              onRevoked();
              tellSuccess(texts.revoke.done(connection.name));
            })
          }
        >
          {texts.revoke.button}
        </Button>
      }
    >
      <p>{texts.revoke.lead}</p>
      <ul>
        {texts.revoke.lost(connection.cluster?.name, connection.relay?.waiting ?? 0).map((loss) => (
          <li key={loss}>{loss}</li>
        ))}
      </ul>
      <p>{texts.revoke.kept}</p>
      {revoke.error !== undefined && <Failure error={revoke.error} />}
    </Dialog>
  );
}

function Revoked({ connections }: { connections: readonly ConnectionView[] }) {
  if (connections.length === 0) return null;
  return (
    <details>
      <summary>{texts.connections.revoked(connections.length)}</summary>
      <ul className="rows">
        {connections.map(({ id, name, cluster }) => (
          <li key={id} className="row">
            {name} <span className="subtle">{cluster?.name}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
