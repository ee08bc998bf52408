import Button from '@atlaskit/button/new';
import type { HealthCheck } from '../../../../contract/admin';
import { Message } from '../components/message';
import { Moment } from '../components/moment';
import { Page, Section } from '../components/page';
import { Empty, Load } from '../components/states';
import { Status } from '../components/status';
import { useState } from 'react';
import { texts } from '../texts';
import { useCall } from '../use-call';

/** Whether permissions and configuration are as they must be, with what to do where they are not. */
export default function HealthPage() {
  const [isFresh, setFresh] = useState(false);
  const source = useCall('getHealth', isFresh ? {} : { stored: true });
  return (
    <Page
      title={texts.health.title}
      lead={texts.health.lead}
      actions={
        <Button
          isLoading={source.isBusy}
          onClick={() => {
            if (isFresh) void source.reload();
            else setFresh(true);
          }}
        >
          {texts.health.checkNow}
        </Button>
      }
    >
      <Load source={source}>
        {({ checks, checkedAt }) => (
          <>
            <p className="subtle">
              {texts.health.checkedAt} <Moment at={checkedAt} />
            </p>
            <Checks checks={checks} />
          </>
        )}
      </Load>
    </Page>
  );
}

function Checks({ checks }: { checks: readonly HealthCheck[] }) {
  const failed = checks.filter(({ ok, isWarning }) => !ok && isWarning !== true);
  const warnings = checks.filter(({ ok, isWarning }) => !ok && isWarning === true);
  const good = checks.filter(({ ok }) => ok);
  if (checks.length === 0) return <Empty title={texts.health.emptyTitle} text={texts.health.emptyText} />;
  return (
    <>
      {failed.length + warnings.length === 0 && <Message tone="success" title={texts.health.allGood} />}
      <Group title={texts.health.failed(failed.length)} checks={failed} />
      <Group title={texts.health.warnings(warnings.length)} checks={warnings} />
      <Group title={texts.health.good(good.length)} checks={good} />
    </>
  );
}

function Group({ title, checks }: { title: string; checks: readonly HealthCheck[] }) {
  if (checks.length === 0) return null;
  return (
    <Section title={title}>
      <ul className="rows">
        {checks.map(({ code, ok, text, fix, isWarning }, index) => (
          <li key={`${code} ${index}`} className="row">
            <div className="row-main">
              <p>{text}</p>
              {!ok && fix !== undefined && <p className="subtle">{fix}</p>}
            </div>
            <Status tone={ok ? 'success' : isWarning === true ? 'warning' : 'danger'}>
              {ok ? texts.health.ok : isWarning === true ? texts.health.warning : texts.health.problem}
            </Status>
          </li>
        ))}
      </ul>
    </Section>
  );
}
