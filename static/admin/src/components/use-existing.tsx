import Button from '@atlaskit/button/new';
import { useState } from 'react';
import { useRoute } from '../routing';
import { texts } from '../texts';
import { useCall } from '../use-call';
import { ChoiceInput, ProjectInput } from './pickers';
import { Message } from './message';
import { Section } from './page';
import { Load } from './states';

/** Chooses a project and issue type that are there already. */
export function UseExisting() {
  const [projectId, setProjectId] = useState<string>();
  return (
    <Section title={texts.existing.title} lead={texts.existing.lead}>
      <div className="form">
        <ProjectInput label={texts.terms.project} help={texts.existing.projectHelp} onChange={setProjectId} />
        {projectId !== undefined && <IssueTypes key={projectId} projectId={projectId} />}
      </div>
    </Section>
  );
}

function IssueTypes({ projectId }: { projectId: string }) {
  const { go } = useRoute();
  const source = useCall('getProject', { projectId });
  const [issueTypeId, setIssueTypeId] = useState<string>();
  return (
    <Load source={source}>
      {(project) => (
        <>
          {project.limits.length > 0 && (
            <Message tone="warning" title={texts.existing.limits}>
              <ul>
                {project.limits.map((limit) => (
                  <li key={limit}>{limit}</li>
                ))}
              </ul>
            </Message>
          )}
          {project.isArchived && <Message tone="danger" title={texts.existing.archived} />}
          <ChoiceInput
            label={texts.terms.issueType}
            help={texts.existing.typeHelp}
            choices={project.issueTypes
              .filter(({ isSubtask }) => !isSubtask)
              .map(({ id, name }) => ({ value: id, label: name }))}
            value={issueTypeId}
            onChange={setIssueTypeId}
          />
          <div className="actions">
            <Button
              appearance="primary"
              isDisabled={issueTypeId === undefined || project.isArchived}
              onClick={() => {
                go(`/projects/map/${projectId}/${issueTypeId ?? ''}`);
              }}
            >
              {texts.existing.next}
            </Button>
          </div>
        </>
      )}
    </Load>
  );
}
