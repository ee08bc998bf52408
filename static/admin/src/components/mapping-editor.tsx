import Button from '@atlaskit/button/new';
import Checkbox from '@atlaskit/checkbox';
import { useState } from 'react';
import type {
  IssueTypeDetails,
  ProjectDetails,
  ProjectMapping,
  SettingsDocument,
  SlotName,
} from '../../../../contract/admin';
import { withEntry } from '../entries';
import { blankTarget, firstSettings, type Change, type SettingsStore } from '../settings';
import { texts } from '../texts';
import { useCall } from '../use-call';
import { SaveProblems } from './conflict';
import { tellSuccess } from './flags';
import { SiteLink } from './link';
import { Message } from './message';
import { Section } from './page';
import { ChoiceInput, ChoicesInput } from './pickers';
import { RequiredFields } from './required-fields';
import { SlotPaths } from './slot-paths';
import { Load } from './states';

const SLOT_NAMES = ['pending', 'approved', 'denied', 'expired'] as const satisfies SlotName[];

interface EditorProps {
  projectId: string;
  issueTypeId: string;
  store: SettingsStore;
  settings: SettingsDocument | null;
  onSaved: () => void;
}

/** Says what the statuses of an issue type mean. The project itself is not changed by this. */
export function MappingEditor(props: EditorProps) {
  const { projectId, issueTypeId } = props;
  const project = useCall('getProject', { projectId });
  const type = useCall('getIssueType', { projectId, issueTypeId });
  return (
    <Load source={project}>
      {(details) => (
        <Load source={type}>
          {(issueType) => <Editor {...props} project={details} issueType={issueType} />}
        </Load>
      )}
    </Load>
  );
}

function Editor({
  project,
  issueType,
  ...props
}: EditorProps & { project: ProjectDetails; issueType: IssueTypeDetails }) {
  const { projectId, issueTypeId, store, settings, onSaved } = props;
  const isHere = (place: { projectId: string; issueTypeId: string }): boolean =>
    place.projectId === projectId && place.issueTypeId === issueTypeId;
  const saved = settings?.mappings.find(isHere);
  const [mapping, setMapping] = useState<ProjectMapping>(
    saved ?? { projectId, issueTypeId, slots: issueType.suggested, resolutions: {}, defaults: {} },
  );
  const [isDefault, setDefault] = useState(settings === null || isHere(settings.catchAll));
  const { slots, resolutions, defaults } = mapping;
  const typeName = project.issueTypes.find(({ id }) => id === issueTypeId)?.name ?? issueTypeId;
  const missing = SLOT_NAMES.filter((slot) => slots[slot].length === 0);
  const unfilled = issueType.requiredFields.filter(({ id }) => defaults[id] === undefined);

  const change: Change = (now) => {
    const base = now ?? firstSettings({ projectId, issueTypeId });
    const others = base.mappings.filter((each) => !isHere(each));
    const catchAll =
      isDefault && !isHere(base.catchAll)
        ? { ...blankTarget({ projectId, issueTypeId }), approvers: base.catchAll.approvers }
        : base.catchAll;
    return { ...base, mappings: [...others, mapping], catchAll };
  };
  const done = (): void => {
    tellSuccess(texts.mapping.saved);
    onSaved();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void store.save(change).then((isSaved) => {
          if (isSaved) done();
        });
      }}
    >
      <Section
        title={texts.mapping.title(project.name, typeName)}
        lead={saved === undefined ? texts.mapping.suggested : texts.mapping.lead}
        actions={<SiteLink url={project.url}>{texts.mapping.openProject}</SiteLink>}
      >
        {project.limits.length > 0 && (
          <Message tone="information" title={texts.existing.limits}>
            <ul>
              {project.limits.map((limit) => (
                <li key={limit}>{limit}</li>
              ))}
            </ul>
          </Message>
        )}
        <div className="grid pairs">
          {SLOT_NAMES.map((slot) => (
            <ChoicesInput
              key={slot}
              label={texts.slots[slot].name}
              help={texts.slots[slot].help}
              choices={issueType.statuses
                .filter(({ id }) => SLOT_NAMES.every((other) => other === slot || !slots[other].includes(id)))
                .map(({ id, name }) => ({
                  value: id,
                  label: id === issueType.initialStatusId ? texts.mapping.initial(name) : name,
                }))}
              values={slots[slot]}
              onChange={(ids) => {
                setMapping({ ...mapping, slots: { ...slots, [slot]: ids } });
              }}
            />
          ))}
        </div>
        {missing.length > 0 && (
          <Message
            tone="warning"
            title={texts.mapping.missing(missing.map((slot) => texts.slots[slot].name))}
          />
        )}
      </Section>
      {missing.length === 0 && <SlotPaths {...{ projectId, issueTypeId, slots }} />}
      {issueType.requiredFields.length > 0 && (
        <RequiredFields
          fields={issueType.requiredFields}
          values={defaults}
          onChange={(values) => {
            setMapping({ ...mapping, defaults: values });
          }}
        />
      )}
      {unfilled.length > 0 && (
        <Message tone="warning" title={texts.required.unfilled(unfilled.map(({ name }) => name))} />
      )}
      {issueType.missingOptionalFields.length > 0 && (
        <Message tone="information" title={texts.mapping.missingFields(issueType.missingOptionalFields)} />
      )}
      {issueType.resolutions.length > 0 && (
        <Section title={texts.mapping.resolutions} lead={texts.mapping.resolutionsLead}>
          <div className="grid">
            {(['approved', 'denied', 'expired'] as const).map((slot) => (
              <ChoiceInput
                key={slot}
                label={texts.slots[slot].name}
                isClearable
                choices={issueType.resolutions.map(({ id, name }) => ({ value: id, label: name }))}
                value={resolutions[slot]}
                onChange={(id) => {
                  setMapping({ ...mapping, resolutions: withEntry(resolutions, slot, id) });
                }}
              />
            ))}
          </div>
        </Section>
      )}
      <Checkbox
        isChecked={isDefault}
        isDisabled={settings === null || isHere(settings.catchAll)}
        onChange={({ currentTarget }) => {
          setDefault(currentTarget.checked);
        }}
        label={texts.mapping.makeDefault}
      />
      <SaveProblems store={store} onSaved={done} />
      <div className="actions">
        <Button
          type="submit"
          appearance="primary"
          isLoading={store.isSaving}
          isDisabled={missing.length > 0 || unfilled.length > 0}
        >
          {texts.common.save}
        </Button>
      </div>
    </form>
  );
}
