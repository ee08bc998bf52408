import Button from '@atlaskit/button/new';
import Checkbox from '@atlaskit/checkbox';
import { useState } from 'react';
import type { ConnectionView } from '../../../../contract/admin';
import { texts } from '../texts';
import { useAction } from '../use-call';
import { Facts } from './facts';
import { Message } from './message';
import { Failure } from './states';

/** Shows what a relay presented, and pins it once the administrator has compared it. */
export function ConfirmCluster({
  connection,
  onConfirmed,
}: {
  connection: ConnectionView;
  onConfirmed: () => void;
}) {
  const { id, state, proposal } = connection;
  const confirm = useAction('confirmConnection');
  const [isCompared, setCompared] = useState(false);
  if (proposal === undefined) return null;
  return (
    <Message tone="information" title={texts.confirm.title(proposal.name)}>
      {state === 'confirmed' && <p>{texts.confirm.rotated}</p>}
      <p>{texts.confirm.text}</p>
      <pre tabIndex={0}>
        <code>{texts.confirm.command}</code>
      </pre>
      <Facts
        facts={[
          [texts.confirm.cluster, proposal.name],
          [texts.confirm.fingerprint, <code key="fingerprint">{proposal.caFingerprint}</code>],
        ]}
      />
      <Checkbox
        isChecked={isCompared}
        onChange={({ currentTarget }) => {
          setCompared(currentTarget.checked);
        }}
        label={texts.confirm.compared}
      />
      {confirm.error !== undefined && <Failure error={confirm.error} />}
      <div className="actions">
        <Button
          appearance="primary"
          isDisabled={!isCompared}
          isLoading={confirm.isBusy}
          onClick={() =>
            void confirm.run({ connectionId: id, cluster: proposal }).then((value) => {
              if (value !== undefined) onConfirmed();
            })
          }
        >
          {texts.confirm.button}
        </Button>
      </div>
    </Message>
  );
}
