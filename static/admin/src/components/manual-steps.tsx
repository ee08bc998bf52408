import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { SetUpReport } from '../../../../contract/admin';
import type { SettingsStore } from '../settings';
import { texts } from '../texts';
import { useAction, useCall, usePolling } from '../use-call';
import { SaveProblems } from './conflict';
import { tellSuccess } from './flags';
import { Message } from './message';
import { Section } from './page';
import { ProjectInput } from './pickers';
import { projectChange } from './project-change';
import { Failure, Load } from './states';
import { StepList } from './step-list';

const CHECK_EVERY_MS = 5_000;

/** The set-up as steps that the administrator takes in Jira, checked while they do so. */
export function ManualSteps({ store, onSaved }: { store: SettingsStore; onSaved: () => void }) {
  const [projectId, setProjectId] = useState<string>();
  const source = useCall('checkManualSteps', projectId === undefined ? {} : { projectId });
  const proof = useAction('checkManualSteps');
  const [proved, setProved] = useState<SetUpReport>();
  usePolling(source.reload, CHECK_EVERY_MS, projectId !== undefined && source.loaded.state === 'ready');
  return (
    <Section
      title={texts.manual.title}
      lead={texts.manual.lead}
      actions={
        <Button isLoading={source.isBusy} onClick={() => void source.reload()}>
          {texts.manual.check}
        </Button>
      }
    >
      <div className="form">
        <ProjectInput label={texts.terms.project} help={texts.manual.projectHelp} onChange={setProjectId} />
      </div>
      <Load source={source}>
        {({ steps, project }) => (
          <>
            <StepList steps={steps} />
            {projectId !== undefined && (
              <div className="actions">
                <Button
                  isLoading={proof.isBusy}
                  onClick={() => void proof.run({ projectId, prove: true }).then(setProved)}
                >
                  {texts.manual.prove}
                </Button>
                <span className="help">{texts.manual.proveHelp}</span>
              </div>
            )}
            {proof.error !== undefined && <Failure error={proof.error} />}
            {proved !== undefined && <StepList steps={proved.steps} />}
            {project !== undefined && (
              <Message
                tone="success"
                title={texts.setUp.ready(project.key)}
                actions={
                  <Button
                    appearance="primary"
                    isLoading={store.isSaving}
                    onClick={() =>
                      void store.save(projectChange(project, [])).then((isSaved) => {
                        if (!isSaved) return;
                        tellSuccess(texts.setUp.saved);
                        onSaved();
                      })
                    }
                  >
                    {texts.manual.use}
                  </Button>
                }
              />
            )}
          </>
        )}
      </Load>
      <SaveProblems store={store} onSaved={onSaved} />
    </Section>
  );
}
