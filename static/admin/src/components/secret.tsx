import Button from '@atlaskit/button/new';
import Textfield from '@atlaskit/textfield';
import { useState } from 'react';
import { texts } from '../texts';
import { Field } from './field';
import { Message } from './message';

/** The pairing token, the one time that it is shown. It lives in this page's memory until the administrator is done with it. */
export function PairingToken({ token, onDone }: { token: string; onDone: () => void }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const inputOf = (event: { currentTarget: HTMLElement }): HTMLInputElement | null =>
    event.currentTarget.closest('.secret')?.querySelector('input') ?? null;

  async function copy(input: HTMLInputElement | null): Promise<void> {
    input?.select();
    try {
      await navigator.clipboard.writeText(token);
      setCopied('yes');
    } catch {
      // The frame may not have been given the clipboard. The text is selected, so that a key copies it.
      setCopied('failed');
    }
  }

  return (
    <Message tone="warning" title={texts.token.title}>
      <p>{texts.token.text}</p>
      <div className="secret">
        <Field label={texts.token.label} help={texts.token.help}>
          {({ id, describedBy }) => (
            <Textfield
              id={id}
              value={token}
              isReadOnly
              isMonospaced
              aria-describedby={describedBy}
              onFocus={(event) => {
                event.currentTarget.select();
              }}
            />
          )}
        </Field>
        <div className="actions">
          <Button appearance="primary" onClick={(event) => void copy(inputOf(event))}>
            {texts.token.copy}
          </Button>
          <Button onClick={onDone}>{texts.token.done}</Button>
          <span role="status">
            {copied === 'yes' && texts.token.copied}
            {copied === 'failed' && texts.token.notCopied}
          </span>
        </div>
      </div>
    </Message>
  );
}
