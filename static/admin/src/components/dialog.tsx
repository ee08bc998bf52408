import Button from '@atlaskit/button/new';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { texts } from '../texts';

/**
 * A modal dialog by the browser's own element, which keeps the focus inside, closes on Escape and gives the focus back to what
 * opened it.
 */
export function Dialog({
  title,
  children,
  actions,
  isWide = false,
  onClose,
}: {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
  isWide?: boolean;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={isWide ? 'wide' : undefined}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      <div className="dialog-body">{children}</div>
      <div className="actions end">
        <Button appearance="subtle" onClick={onClose}>
          {actions === undefined ? texts.common.close : texts.common.cancel}
        </Button>
        {actions}
      </div>
    </dialog>
  );
}
