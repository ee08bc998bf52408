import Button from '@atlaskit/button/new';
import { useEffect, useRef, useState } from 'react';
import type { SetUpReport } from '../../../../contract/admin';
import { call, type CallError } from '../api';
import { useNames } from '../names';
import type { SettingsStore } from '../settings';
import { texts } from '../texts';
import { SaveProblems } from './conflict';
import { tellSuccess } from './flags';
import { PageLink, SiteLink } from './link';
import { Message } from './message';
import { Section } from './page';
import { ChoiceInput, GroupsInput } from './pickers';
import { projectChange } from './project-change';
import { Failure, Loading } from './states';
import { StepList } from './step-list';
import { TextInput } from './text-input';

/** The server does as much as one call has time for; far fewer calls than this finish any project. */
const MOST_CALLS = 30;

/** Makes or completes a project by one button, with a receipt for each step. Run again, it goes on where it stopped. */
export function SetUpProject({ store, onSaved }: { store: SettingsStore; onSaved: () => void }) {
  const [name, setName] = useState<string>(texts.setUp.defaultName);
  const [key, setKey] = useState<string>(texts.setUp.defaultKey);
  const [kind, setKind] = useState<'business' | 'software'>('business');
  const [groupIds, setGroupIds] = useState<string[]>([]);
  const names = useNames({ accountIds: [], groupIds, projectIds: [] });
  const [report, setReport] = useState<SetUpReport>();
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<CallError>();
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);

  async function run(): Promise<void> {
    setRunning(true);
    setError(undefined);
    const payload = { name: name.trim(), key: key.trim().toUpperCase(), kind, approverGroupIds: groupIds };
    for (let calls = 0; calls < MOST_CALLS; calls++) {
      const outcome = await call('setUpProject', payload);
      if (!outcome.ok) {
        setError(outcome.error);
        break;
      }
      setReport(outcome.value);
      const { isUnfinished, project, callAgainSeconds = 0 } = outcome.value;
      if (!isUnfinished) {
        if (project !== undefined) await save(project);
        break;
      }
      // Jira may have asked to wait; who leaves the page meanwhile goes on by the same button later.
      await new Promise((resolve) => window.setTimeout(resolve, callAgainSeconds * 1000));
      if (isGone.current) return;
    }
    setRunning(false);
  }
  async function save(project: NonNullable<SetUpReport['project']>): Promise<void> {
    if (await store.save(projectChange(project, groupIds))) tellSuccess(texts.setUp.saved);
  }

  const failed = report?.steps.filter(({ state }) => state === 'failed').length ?? 0;
  return (
    <Section title={texts.setUp.title} lead={texts.setUp.lead}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextInput label={texts.setUp.name} value={name} onChange={setName} maxLength={80} />
        <TextInput
          label={texts.setUp.key}
          help={texts.setUp.keyHelp}
          value={key}
          onChange={setKey}
          maxLength={10}
        />
        <ChoiceInput
          label={texts.setUp.kind}
          help={texts.setUp.kindHelp}
          choices={(['business', 'software'] as const).map((value) => ({
            value,
            label: texts.setUp.kinds[value],
          }))}
          value={kind}
          onChange={(value) => {
            setKind(value === 'software' ? 'software' : 'business');
          }}
        />
        <GroupsInput
          label={texts.setUp.approvers}
          help={texts.setUp.approversHelp}
          names={names}
          ids={groupIds}
          onChange={setGroupIds}
        />
        <div className="actions">
          <Button
            type="submit"
            appearance="primary"
            isLoading={isRunning}
            isDisabled={name.trim() === '' || key.trim() === ''}
          >
            {report === undefined && error === undefined ? texts.setUp.button : texts.setUp.again}
          </Button>
          <PageLink to="/projects/manual">{texts.setUp.byHand}</PageLink>
        </div>
      </form>
      {isRunning && <Loading label={texts.setUp.running} />}
      {error !== undefined && <Failure error={error} />}
      {report !== undefined && <StepList steps={report.steps} />}
      {failed > 0 && !isRunning && (
        <Message tone="danger" title={texts.setUp.failed(failed)}>
          <p>{texts.setUp.failedText}</p>
        </Message>
      )}
      {report?.needsManualSteps === true && (
        <Message tone="information" title={texts.setUp.noScopes}>
          <p>
            <PageLink to="/projects/manual">{texts.setUp.byHand}</PageLink>
          </p>
        </Message>
      )}
      <SaveProblems store={store} onSaved={onSaved} />
      {report?.project !== undefined && !isRunning && failed === 0 && (
        <Message
          tone="success"
          title={texts.setUp.ready(report.project.key)}
          actions={
            <Button appearance="primary" onClick={onSaved}>
              {texts.common.goOn}
            </Button>
          }
        >
          <p>
            <SiteLink url={report.project.url}>{texts.setUp.openInJira}</SiteLink>
          </p>
        </Message>
      )}
    </Section>
  );
}
