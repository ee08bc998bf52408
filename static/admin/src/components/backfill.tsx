import Button from '@atlaskit/button/new';
import { useState } from 'react';
import { texts } from '../texts';
import { useAction } from '../use-call';
import { Dialog } from './dialog';
import { tellSuccess } from './flags';
import { Moment } from './moment';
import { Failure, Loading } from './states';

/** Mirrors requests from before the pairing, after showing how many there are. */
export function Backfill({
  connectionId,
  name,
  expected,
}: {
  connectionId: string;
  name: string;
  expected: number;
}) {
  const count = useAction('countOlderRequests');
  const start = useAction('startBackfill');
  const [counted, setCounted] = useState<{ count: number; countedAt: string }>();
  const [isOpen, setOpen] = useState(false);
  if (expected === 0 && !isOpen) return null;

  function open(): void {
    setOpen(true);
    void count.run({ connectionId }).then(setCounted);
  }
  return (
    <>
      <Button onClick={open}>{texts.backfill.open(expected)}</Button>
      {isOpen && (
        <Dialog
          title={texts.backfill.title(name)}
          onClose={() => {
            setOpen(false);
          }}
          actions={
            counted !== undefined && counted.count > 0 ? (
              <Button
                appearance="primary"
                isLoading={start.isBusy}
                onClick={() =>
                  void start.run({ connectionId, count: counted.count }).then((value) => {
                    if (value === undefined) return;
                    setOpen(false);
                    tellSuccess(texts.backfill.started(counted.count));
                  })
                }
              >
                {texts.backfill.button(counted.count)}
              </Button>
            ) : undefined
          }
        >
          {count.isBusy && <Loading />}
          {count.error !== undefined && <Failure error={count.error} />}
          {counted !== undefined && (
            <p>
              {texts.backfill.text(counted.count)} {texts.backfill.countedAt}{' '}
              <Moment at={counted.countedAt} />
            </p>
          )}
          {start.error !== undefined && <Failure error={start.error} />}
        </Dialog>
      )}
    </>
  );
}
