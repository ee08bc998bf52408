import Button from '@atlaskit/button/new';
import Spinner from '@atlaskit/spinner';
import type { ReactNode } from 'react';
import type { CallError } from '../api';
import { texts } from '../texts';
import type { Source } from '../use-call';
import { Message } from './message';

/** Stands where something is being loaded. */
export function Loading({ label = texts.common.loading }: { label?: string }) {
  return (
    <div className="loading" role="status">
      <Spinner size="medium" />
      <span>{label}</span>
    </div>
  );
}

/** Why a call gave nothing, in plain words, with what to do. */
export function Failure({ error, retry }: { error: CallError; retry?: () => void }) {
  return (
    <Message
      tone="danger"
      title={titleOf(error)}
      actions={
        retry !== undefined && error.code !== 'not_administrator' ? (
          <Button onClick={retry}>{texts.common.tryAgain}</Button>
        ) : undefined
      }
    >
      {error.code === 'bad_input' ? (
        <ul>
          {error.problems.map(({ key, expected }) => (
            <li key={`${key} ${expected}`}>
              {key !== '' && <code>{key}</code>} {expected}
            </li>
          ))}
        </ul>
      ) : (
        <p>{textOf(error)}</p>
      )}
    </Message>
  );
}

function titleOf(error: CallError): string {
  return texts.errors[error.code].title;
}

function textOf(error: Exclude<CallError, { code: 'bad_input' }>): string {
  switch (error.code) {
    case 'not_administrator':
    case 'unreachable':
      return texts.errors[error.code].text;
    case 'conflict':
    case 'not_found':
    case 'jira_unavailable':
      return error.text;
  }
}

/** Stands where a list has nothing in it: what would be here, and what to do next. */
export function Empty({ title, text, action }: { title: string; text: string; action?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <p className="subtle">{text}</p>
      {action !== undefined && <div className="actions">{action}</div>}
    </div>
  );
}

/** Shows something loaded, or that it is loading, or why it cannot be shown. */
export function Load<T>({ source, children }: { source: Source<T>; children: (value: T) => ReactNode }) {
  const { loaded, reload } = source;
  switch (loaded.state) {
    case 'loading':
      return <Loading />;
    case 'failed':
      return <Failure error={loaded.error} retry={() => void reload()} />;
    case 'ready':
      return children(loaded.value);
  }
}
