import { useState, type ReactNode } from 'react';
import { WIZARD_STEPS, type FirstRequest, type WizardStep } from '../../../../contract/admin';
import { ApproversForm } from '../components/approvers-form';
import { ConfirmCluster } from '../components/confirm-cluster';
import { PageLink, SiteLink } from '../components/link';
import { Message } from '../components/message';
import { Page } from '../components/page';
import { PairForm } from '../components/pair-form';
import { PairingToken } from '../components/secret';
import { SetUpProject } from '../components/set-up-project';
import { Load, Loading } from '../components/states';
import { Status } from '../components/status';
import type { PageProps, WizardSource } from '../app';
import { useSettings } from '../settings';
import { texts } from '../texts';
import { useCall, usePolling } from '../use-call';

const LOOK_EVERY_MS = 3_000;
/** Steps that end by something that happens elsewhere. */
const WAITED_FOR: readonly (WizardStep | undefined)[] = ['start_relay', 'confirm_cluster', 'first_request'];

/** From nothing to the first request on the board, one step after the other. */
export default function WizardPage({ wizard }: PageProps) {
  const [token, setToken] = useState<string>();
  const [hasPaired, setPaired] = useState(false);
  const next = wizard.loaded.state === 'ready' ? wizard.loaded.value.next : undefined;
  // A connection that was just made is listed a moment later (Forge KVS, queries are eventually consistent).
  const isListedSoon = hasPaired && next === 'connect';
  usePolling(wizard.reload, LOOK_EVERY_MS, isListedSoon || WAITED_FOR.includes(next));
  return (
    <Page title={texts.wizard.title} lead={texts.wizard.lead}>
      {token !== undefined && (
        <PairingToken
          token={token}
          onDone={() => {
            setToken(undefined);
          }}
        />
      )}
      <Load source={wizard}>
        {({ steps, firstRequest }) => (
          <>
            {next === undefined && <Done request={firstRequest} />}
            <ol className="steps">
              {WIZARD_STEPS.map((key, index) => {
                const step = steps.find((each) => each.key === key);
                const isDone = step?.done === true;
                return (
                  <li key={key} className="step" aria-current={key === next ? 'step' : undefined}>
                    <h2>
                      <span aria-hidden="true" className="step-number">
                        {index + 1}
                      </span>
                      {texts.wizard.steps[key]}{' '}
                      <Status tone={isDone ? 'success' : key === next ? 'information' : 'neutral'}>
                        {isDone ? texts.wizard.done : key === next ? texts.wizard.now : texts.wizard.later}
                      </Status>
                    </h2>
                    {step !== undefined && <p className="subtle">{step.text}</p>}
                    {key === next && (
                      <StepBody
                        step={key}
                        wizard={wizard}
                        onToken={(made) => {
                          setToken(made);
                          setPaired(true);
                        }}
                      />
                    )}
                  </li>
                );
              })}
            </ol>
          </>
        )}
      </Load>
    </Page>
  );
}

function StepBody({
  step,
  wizard,
  onToken,
}: {
  step: WizardStep;
  wizard: WizardSource;
  onToken: (token: string) => void;
}): ReactNode {
  const goOn = (): void => void wizard.reload();
  switch (step) {
    case 'connect':
      return (
        <PairForm
          onToken={(token) => {
            onToken(token);
            goOn();
          }}
        />
      );
    case 'start_relay':
      return (
        <>
          <p>{texts.wizard.relayConfig}</p>
          <pre tabIndex={0}>
            <code>{texts.wizard.relayConfigText}</code>
          </pre>
          <Loading label={texts.wizard.waitingForRelay} />
        </>
      );
    case 'confirm_cluster':
      return <Proposals onConfirmed={goOn} />;
    case 'project':
      return <ProjectStep onSaved={goOn} />;
    case 'approvers':
      return <ApproversForm onSaved={goOn} />;
    case 'first_request':
      return (
        <>
          <p>{texts.wizard.ask}</p>
          <pre tabIndex={0}>
            <code>{texts.wizard.askCommand}</code>
          </pre>
          <Loading label={texts.wizard.waitingForRequest} />
        </>
      );
  }
}

function Proposals({ onConfirmed }: { onConfirmed: () => void }) {
  const source = useCall('listConnections', {});
  usePolling(source.reload, LOOK_EVERY_MS, source.loaded.state === 'ready');
  return (
    <Load source={source}>
      {({ connections }) => {
        const proposed = connections.filter(
          ({ state, proposal }) => state === 'proposed' && proposal !== undefined,
        );
        if (proposed.length === 0) return <Loading label={texts.wizard.waitingForRelay} />;
        return proposed.map((connection) => (
          <ConfirmCluster key={connection.id} connection={connection} onConfirmed={onConfirmed} />
        ));
      }}
    </Load>
  );
}

function ProjectStep({ onSaved }: { onSaved: () => void }) {
  const store = useSettings();
  return (
    <>
      <p>
        <PageLink to="/projects/existing">{texts.wizard.useExisting}</PageLink>
      </p>
      <SetUpProject store={store} onSaved={onSaved} />
    </>
  );
}

function Done({ request }: { request: FirstRequest | undefined }) {
  return (
    <Message tone="success" title={texts.wizard.allDone}>
      {request !== undefined && (
        <p>
          {texts.wizard.firstRequest(texts.requestState(request.state))}{' '}
          <SiteLink url={request.issueUrl}>{request.issueKey}</SiteLink>
        </p>
      )}
      <p>
        <PageLink to="/overview">{texts.wizard.toOverview}</PageLink>
      </p>
    </Message>
  );
}
