import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { ActivityFilter, ActivityView } from '../../../../contract/admin';
import { ActivityDetails } from '../components/activity-details';
import { ActivityExport } from '../components/activity-export';
import { ActivityFilterForm } from '../components/activity-filter';
import { Failures } from '../components/failures';
import { Moment } from '../components/moment';
import { Page, Section } from '../components/page';
import { Empty, Failure, Load, Loading } from '../components/states';
import { call, type CallError } from '../api';
import { texts } from '../texts';
import { useCall } from '../use-call';

/** What is not in step and why, and what happened lately. */
export default function ActivityPage() {
  const [filter, setFilter] = useState<ActivityFilter>({});
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Page title={texts.activity.title} lead={texts.activity.lead}>
      <Failures />
      <Section title={texts.activity.log} actions={<ActivityExport filter={filter} />}>
        <ActivityFilterForm onChange={setFilter} />
        <Entries key={JSON.stringify(filter)} filter={filter} isFiltered={isFiltered} />
      </Section>
    </Page>
  );
}

function Entries({ filter, isFiltered }: { filter: ActivityFilter; isFiltered: boolean }) {
  const first = useCall('listActivity', { filter });
  return (
    <Load source={first}>
      {({ entries, nextPageToken }) => (
        <More filter={filter} first={entries} firstToken={nextPageToken} isFiltered={isFiltered} />
      )}
    </Load>
  );
}

/** The entries of the first page and of those that were asked for after it. */
function More({
  filter,
  first,
  firstToken,
  isFiltered,
}: {
  filter: ActivityFilter;
  first: readonly ActivityView[];
  firstToken: string | undefined;
  isFiltered: boolean;
}) {
  const [later, setLater] = useState<readonly ActivityView[]>([]);
  const [token, setToken] = useState(firstToken);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const [shown, setShown] = useState<ActivityView>();
  const entries = [...first, ...later];

  async function loadMore(pageToken: string): Promise<void> {
    setBusy(true);
    setError(undefined);
    const outcome = await call('listActivity', { filter, pageToken });
    if (outcome.ok) {
      setLater([...later, ...outcome.value.entries]);
      setToken(outcome.value.nextPageToken);
    } else setError(outcome.error);
    setBusy(false);
  }

  return (
    <>
      {entries.length === 0 && token === undefined && (
        <Empty
          title={isFiltered ? texts.activity.noMatch : texts.activity.emptyTitle}
          text={isFiltered ? texts.activity.noMatchText : texts.activity.emptyText}
        />
      )}
      {entries.length > 0 && (
        <ul className="rows" aria-label={texts.activity.log}>
          {entries.map((entry) => (
            <li key={entry.id} className="row">
              <div className="row-main">
                <p>{entry.text}</p>
                <p className="subtle">
                  <Moment at={entry.at} short /> · {texts.activity.kind(entry.kind)}
                  {entry.issueKey !== undefined && ` · ${entry.issueKey}`}
                  {entry.cluster !== undefined && ` · ${entry.cluster}`}
                </p>
              </div>
              <Button
                appearance="subtle"
                onClick={() => {
                  setShown(entry);
                }}
              >
                {texts.activity.details}
                <span className="visually-hidden"> {entry.text}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {isBusy && <Loading />}
      {error !== undefined && <Failure error={error} />}
      {token !== undefined && !isBusy && (
        <div className="actions">
          <Button onClick={() => void loadMore(token)}>{texts.activity.more}</Button>
        </div>
      )}
      {shown !== undefined && (
        <ActivityDetails
          entry={shown}
          onClose={() => {
            setShown(undefined);
          }}
        />
      )}
    </>
  );
}
