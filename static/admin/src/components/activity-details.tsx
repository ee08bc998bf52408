import type { ActivityDetail, ActivityView } from '../../../../contract/admin';
import { useNames } from '../names';
import { texts } from '../texts';
import { useCall } from '../use-call';
import { Dialog } from './dialog';
import { Facts } from './facts';
import { FailureRow } from './failures';
import { SiteLink } from './link';
import { Moment } from './moment';
import { Load } from './states';

/** An entry with the present state of the request that it tells of. */
export function ActivityDetails({ entry, onClose }: { entry: ActivityView; onClose: () => void }) {
  const source = useCall('getActivity', { id: entry.id, at: entry.at });
  return (
    <Dialog title={texts.activity.detailsTitle} isWide onClose={onClose}>
      <Load source={source}>
        {(detail) => <Detail detail={detail} onRetried={() => void source.reload()} />}
      </Load>
    </Dialog>
  );
}

function Detail({ detail, onRetried }: { detail: ActivityDetail; onRetried: () => void }) {
  const { entry, request } = detail;
  const waiting = request?.waitingDecision;
  const accountIds = [entry.accountId, waiting?.accountId].filter((id) => id !== undefined);
  const names = useNames({ accountIds, groupIds: [], projectIds: [] });
  const nameOf = (id: string): string => names.people.get(id)?.name ?? id;
  return (
    <>
      <p>{entry.text}</p>
      <Facts
        facts={[
          [texts.terms.when, <Moment key="at" at={entry.at} />],
          [texts.activity.kindsLabel, texts.activity.kind(entry.kind)],
          [texts.terms.reason, entry.code && <code key="code">{entry.code}</code>],
          [texts.terms.person, entry.accountId && nameOf(entry.accountId)],
          [texts.activity.account, entry.accountId && <code key="account">{entry.accountId}</code>],
          [texts.activity.verdict, entry.verdict && texts.activity.verdicts(entry.verdict)],
          [texts.activity.way, entry.source && texts.activity.ways(entry.source)],
          [texts.activity.outcome, entry.outcome],
          [texts.terms.cluster, entry.cluster],
          [texts.terms.request, entry.requestId && <code key="request">{entry.requestId}</code>],
          [texts.terms.issue, request?.issueUrl === undefined ? entry.issueKey : undefined],
          [texts.activity.decisionId, entry.decisionId && <code key="decision">{entry.decisionId}</code>],
          [texts.activity.shown, entry.grantDigest && <code key="shown">{entry.grantDigest}</code>],
        ]}
      />
      {request !== undefined && (
        <>
          <h3>{texts.activity.now}</h3>
          <Facts
            facts={[
              [texts.terms.state, texts.requestState(request.state)],
              [texts.terms.mirror, texts.phase(request.phase)],
              [
                texts.terms.issue,
                request.issueUrl && (
                  <SiteLink key="issue" url={request.issueUrl}>
                    {request.issueKey ?? request.issueUrl}
                  </SiteLink>
                ),
              ],
              [
                texts.terms.decision,
                waiting && texts.activity.waiting(waiting.verdict, nameOf(waiting.accountId)),
              ],
              [texts.terms.notAfter, waiting && <Moment key="notAfter" at={waiting.notAfter} />],
            ]}
          />
          {request.failure !== undefined && (
            <ul className="rows">
              <FailureRow failure={request.failure} onRetried={onRetried} />
            </ul>
          )}
        </>
      )}
    </>
  );
}
