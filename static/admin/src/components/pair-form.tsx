import Button from '@atlaskit/button/new';
import { useState } from 'react';
import { texts } from '../texts';
import { useAction } from '../use-call';
import { Failure } from './states';
import { TextInput } from './text-input';

/** Makes a connection and hands on its pairing token. */
export function PairForm({ onToken }: { onToken: (token: string) => void }) {
  const [name, setName] = useState('');
  const create = useAction('createConnection');
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void create.run({ name: name.trim() }).then((made) => {
          if (made === undefined) return;
          setName('');
          onToken(made.pairingToken);
        });
      }}
    >
      <TextInput
        label={texts.pair.name}
        help={texts.pair.nameHelp}
        value={name}
        onChange={setName}
        maxLength={100}
      />
      {create.error !== undefined && <Failure error={create.error} />}
      <div className="actions">
        <Button type="submit" appearance="primary" isLoading={create.isBusy} isDisabled={name.trim() === ''}>
          {texts.pair.button}
        </Button>
      </div>
    </form>
  );
}
