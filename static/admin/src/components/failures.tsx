import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { FailureView } from '../../../../contract/admin';
import { call, type CallError } from '../api';
import { texts } from '../texts';
import { useAction, useCall } from '../use-call';
import { tellSuccess } from './flags';
import { Message } from './message';
import { Moment } from './moment';
import { Section } from './page';
import { Failure, Load } from './states';

/** Requests whose issue is not in step: why, and when the next attempt is. */
export function Failures() {
  const source = useCall('listFailures', {});
  const [isRetrying, setRetrying] = useState(false);
  const [error, setError] = useState<CallError>();
  const failures = source.loaded.state === 'ready' ? source.loaded.value.failures : [];

  async function retryAll(): Promise<void> {
    setRetrying(true);
    setError(undefined);
    let mended = 0;
    for (let isOver = false; !isOver;) {
      const outcome = await call('retryAll', {});
      if (outcome.ok) {
        mended += outcome.value.mended;
        isOver = outcome.value.remaining === 0 || outcome.value.retried === 0;
      } else {
        setError(outcome.error);
        isOver = true;
      }
    }
    tellSuccess(texts.failures.mended(mended));
    await source.reload();
    setRetrying(false);
  }

  return (
    <Section
      title={texts.failures.title}
      lead={texts.failures.lead}
      actions={
        failures.length > 0 ? (
          <Button isLoading={isRetrying} onClick={() => void retryAll()}>
            {texts.failures.retryAll}
          </Button>
        ) : undefined
      }
    >
      {error !== undefined && <Failure error={error} />}
      <Load source={source}>
        {() =>
          failures.length === 0 ? (
            <Message tone="success" title={texts.failures.none} />
          ) : (
            <ul className="rows" aria-label={texts.failures.title}>
              {failures.map((failure) => (
                <FailureRow
                  key={`${failure.cluster} ${failure.requestId}`}
                  failure={failure}
                  onRetried={() => void source.reload()}
                />
              ))}
            </ul>
          )
        }
      </Load>
    </Section>
  );
}

/** One request that is not in step, with the button that tries again. */
export function FailureRow({ failure, onRetried }: { failure: FailureView; onRetried: () => void }) {
  const { cluster, requestId, issueKey, text, at, nextAttemptAt } = failure;
  const retry = useAction('retryRequest');
  const [result, setResult] = useState<string>();
  return (
    <li className="row">
      <div className="row-main">
        <strong>{issueKey ?? requestId}</strong>
        <p>{text}</p>
        <p className="subtle">
          {cluster} · {texts.failures.since} <Moment at={at} short /> · {texts.failures.next}{' '}
          <Moment at={nextAttemptAt} short />
        </p>
        <p role="status">{result}</p>
        {retry.error !== undefined && <Failure error={retry.error} />}
      </div>
      <Button
        isLoading={retry.isBusy}
        onClick={() =>
          void retry.run({ cluster, requestId }).then((value) => {
            if (value === undefined) return;
            setResult(value.text ?? texts.failures.result(value.result));
            onRetried();
          })
        }
      >
        {texts.failures.retry}
        <span className="visually-hidden"> {issueKey ?? requestId}</span>
      </Button>
    </li>
  );
}
