import Button from '@atlaskit/button/new';
import type { ConnectionView, OverviewView } from '../../../../contract/admin';
import { ConnectionState, DecisionFacts } from '../components/connection-facts';
import { Facts } from '../components/facts';
import { PageLink, SiteLink } from '../components/link';
import { Message } from '../components/message';
import { Moment } from '../components/moment';
import { Page, Section } from '../components/page';
import { Empty, Load } from '../components/states';
import type { PageProps } from '../app';
import { useRoute } from '../routing';
import { texts } from '../texts';
import { useCall, usePolling } from '../use-call';

const REFRESH_MS = 15_000;

/** Whether all works, at a glance. */
export default function OverviewPage({ wizard }: PageProps) {
  const source = useCall('getOverview', {});
  usePolling(source.reload, REFRESH_MS, source.loaded.state === 'ready');
  const next = wizard.loaded.state === 'ready' ? wizard.loaded.value.next : undefined;
  return (
    <Page
      title={texts.overview.title}
      lead={texts.overview.lead}
      actions={
        <Button isLoading={source.isBusy} onClick={() => void source.reload()}>
          {texts.common.refresh}
        </Button>
      }
    >
      {next !== undefined && (
        <Message tone="information" title={texts.overview.unfinished}>
          <p>
            <PageLink to="/start">{texts.overview.goOn(texts.wizard.steps[next])}</PageLink>
          </p>
        </Message>
      )}
      <Load source={source}>{(overview) => <Glance overview={overview} />}</Load>
    </Page>
  );
}

function Glance({ overview }: { overview: OverviewView }) {
  const { connections, failing, decisionsWaiting, health, pausedUntil, lastRequest } = overview;
  const { go } = useRoute();
  const live = connections.filter(({ state }) => state !== 'revoked');
  return (
    <>
      {pausedUntil !== undefined && (
        <Message tone="warning" title={texts.overview.paused}>
          <p>
            {texts.overview.pausedText} <Moment at={pausedUntil} />
          </p>
        </Message>
      )}
      <ul className="tiles" aria-label={texts.overview.numbers}>
        <Tile
          number={failing}
          label={texts.overview.failing}
          to="/activity"
          link={texts.overview.toFailures}
          isBad={failing > 0}
        />
        <Tile
          number={decisionsWaiting}
          label={texts.overview.waiting}
          to="/activity"
          link={texts.overview.toActivity}
        />
        <Tile
          number={health.failed}
          label={texts.overview.checks}
          to="/health"
          link={texts.overview.toHealth}
          isBad={health.failed > 0}
        />
      </ul>
      <Section title={texts.overview.connections}>
        {live.length === 0 ? (
          <Empty
            title={texts.connections.emptyTitle}
            text={texts.connections.emptyText}
            action={
              <Button
                appearance="primary"
                onClick={() => {
                  go('/start');
                }}
              >
                {texts.wizard.begin}
              </Button>
            }
          />
        ) : (
          <ul className="cards roomy">
            {live.map((connection) => (
              <ConnectionCard key={connection.id} connection={connection} />
            ))}
          </ul>
        )}
      </Section>
      {lastRequest !== undefined && (
        <Section title={texts.overview.newest}>
          <Facts
            facts={[
              [
                texts.terms.issue,
                <SiteLink key="issue" url={lastRequest.issueUrl}>
                  {lastRequest.issueKey}
                </SiteLink>,
              ],
              [texts.terms.state, texts.requestState(lastRequest.state)],
              [texts.terms.cluster, lastRequest.cluster],
              [texts.terms.arrived, <Moment key="at" at={lastRequest.at} />],
            ]}
          />
        </Section>
      )}
    </>
  );
}

function Tile({
  number,
  label,
  to,
  link,
  isBad = false,
}: {
  number: number;
  label: string;
  to: string;
  link: string;
  isBad?: boolean;
}) {
  return (
    <li className={isBad ? 'tile bad' : 'tile'}>
      <span className="tile-number">{number}</span>
      <span>{label}</span>
      <PageLink to={to}>{link}</PageLink>
    </li>
  );
}

function ConnectionCard({ connection }: { connection: ConnectionView }) {
  return (
    <li className="card">
      <h3>
        {connection.name} <ConnectionState connection={connection} />
      </h3>
      <DecisionFacts connection={connection} />
      {connection.state === 'proposed' && connection.proposal !== undefined && (
        <p>
          <PageLink to="/connections">{texts.overview.toConfirm}</PageLink>
        </p>
      )}
    </li>
  );
}
