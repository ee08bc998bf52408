import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { ActivityFilter, ActivityKind } from '../../../../contract/admin';
import { texts } from '../texts';
import { ChoicesInput } from './pickers';
import { TextInput } from './text-input';

const KINDS = [
  'decision',
  'refusal',
  'put_back',
  'failure',
  'request_changed',
  'connection',
  'settings',
  'set_up',
  'retry',
  'field_dropped',
  'message_refused',
] as const satisfies ActivityKind[];

const isKind = (value: string): value is ActivityKind => KINDS.some((kind) => kind === value);

/** Narrows the list of activity. */
export function ActivityFilterForm({ onChange }: { onChange: (filter: ActivityFilter) => void }) {
  const [kinds, setKinds] = useState<ActivityKind[]>([]);
  const [text, setText] = useState('');
  const [issueKey, setIssueKey] = useState('');
  const [requestId, setRequestId] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const given = (value: string): string | undefined => (value.trim() === '' ? undefined : value.trim());

  function submit(): void {
    const parts: ActivityFilter = {
      ...(kinds.length > 0 && { kinds }),
      ...(given(text) !== undefined && { text: text.trim() }),
      ...(given(issueKey) !== undefined && { issueKey: issueKey.trim().toUpperCase() }),
      ...(given(requestId) !== undefined && { requestId: requestId.trim() }),
      ...(from !== '' && { from: new Date(`${from}T00:00:00`).toISOString() }),
      ...(to !== '' && { to: new Date(`${to}T23:59:59.999`).toISOString() }),
    };
    onChange(parts);
  }
  return (
    <details>
      <summary>{texts.activity.filter}</summary>
      <form
        role="search"
        aria-label={texts.activity.filter}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className="grid">
          <TextInput type="search" label={texts.activity.text} value={text} onChange={setText} />
          <ChoicesInput
            label={texts.activity.kindsLabel}
            choices={KINDS.map((kind) => ({ value: kind, label: texts.activity.kind(kind) }))}
            values={kinds}
            onChange={(values) => {
              setKinds(values.filter(isKind));
            }}
          />
          <TextInput label={texts.terms.issue} value={issueKey} onChange={setIssueKey} />
          <TextInput label={texts.terms.request} value={requestId} onChange={setRequestId} />
          <TextInput type="date" label={texts.activity.from} value={from} onChange={setFrom} />
          <TextInput type="date" label={texts.activity.to} value={to} onChange={setTo} />
        </div>
        <div className="actions">
          <Button type="submit">{texts.activity.apply}</Button>
        </div>
      </form>
    </details>
  );
}
