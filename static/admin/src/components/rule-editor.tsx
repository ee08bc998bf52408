import Button from '@atlaskit/button/new';
import Checkbox from '@atlaskit/checkbox';
import { useState } from 'react';
import type { RoutingMatch, RoutingRule, RoutingTarget, SettingsDocument } from '../../../../contract/admin';
import type { Names } from '../names';
import { blankTarget, type SettingsStore } from '../settings';
import { texts } from '../texts';
import { useCall } from '../use-call';
import { ApproversInput } from './approvers-form';
import { SaveProblems } from './conflict';
import { Section } from './page';
import { ChoiceInput, PeopleInput, TextsInput } from './pickers';
import { TextInput } from './text-input';

const MATCHES = ['roles', 'resourceKinds', 'resourceNames', 'requesters', 'clusters'] as const;
const EVERYTHING: RoutingMatch = {
  roles: [],
  resourceKinds: [],
  resourceNames: [],
  requesters: [],
  clusters: [],
};

/** Edits a rule, makes a new one, or says where everything else goes. */
export function RuleEditor({
  store,
  settings,
  names,
  rule,
  isCatchAll,
  onClose,
}: {
  store: SettingsStore;
  settings: SettingsDocument;
  names: Names;
  rule: RoutingRule | undefined;
  isCatchAll: boolean;
  onClose: () => void;
}) {
  const [id] = useState(() => rule?.id ?? crypto.randomUUID());
  const [name, setName] = useState(rule?.name ?? '');
  const [match, setMatch] = useState(rule?.match ?? EVERYTHING);
  const [target, setTarget] = useState<RoutingTarget>(
    rule?.then ?? (isCatchAll ? settings.catchAll : blankTarget(settings.catchAll)),
  );
  const edited: RoutingRule = { id, name: name.trim(), match, then: target };

  const change = (now: SettingsDocument | null): SettingsDocument => {
    const base = now ?? settings;
    if (isCatchAll) return { ...base, catchAll: target };
    const isThere = base.rules.some((each) => each.id === id);
    return {
      ...base,
      rules: isThere ? base.rules.map((each) => (each.id === id ? edited : each)) : [...base.rules, edited],
    };
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void store.save(change).then((isSaved) => {
          if (isSaved) onClose();
        });
      }}
    >
      <Section
        title={
          isCatchAll
            ? texts.routing.catchAll
            : rule === undefined
              ? texts.routing.newRule
              : texts.routing.editRule
        }
        lead={isCatchAll ? texts.routing.catchAllText : texts.routing.matchLead}
      >
        <div className="form">
          {!isCatchAll && (
            <>
              <TextInput label={texts.routing.name} value={name} onChange={setName} maxLength={100} />
              {MATCHES.map((key) => (
                <TextsInput
                  key={key}
                  label={texts.routing.matches[key]}
                  values={match[key]}
                  onChange={(values) => {
                    setMatch({ ...match, [key]: values });
                  }}
                />
              ))}
            </>
          )}
        </div>
      </Section>
      <Section title={texts.routing.then}>
        <div className="form">
          <PlaceInput settings={settings} names={names} target={target} onChange={setTarget} />
          <ApproversInput
            names={names}
            projectId={target.projectId}
            approvers={target.approvers}
            onChange={(approvers) => {
              setTarget({ ...target, approvers });
            }}
          />
          <PeopleInput
            label={texts.routing.watchers}
            names={names}
            ids={target.watchers}
            onChange={(watchers) => {
              setTarget({ ...target, watchers });
            }}
          />
          <TextsInput
            label={texts.routing.labels}
            help={texts.routing.labelsHelp}
            placeholder={texts.routing.noLabels}
            values={target.labels}
            onChange={(labels) => {
              setTarget({ ...target, labels });
            }}
          />
          <Checkbox
            isChecked={target.dueDate}
            onChange={({ currentTarget }) => {
              setTarget({ ...target, dueDate: currentTarget.checked });
            }}
            label={texts.routing.dueDate}
          />
        </div>
      </Section>
      <SaveProblems store={store} onSaved={onClose} />
      <div className="actions">
        <Button
          type="submit"
          appearance="primary"
          isLoading={store.isSaving}
          isDisabled={!isCatchAll && edited.name === ''}
        >
          {texts.common.save}
        </Button>
        <Button appearance="subtle" onClick={onClose}>
          {texts.common.cancel}
        </Button>
      </div>
    </form>
  );
}

/** Chooses among the projects and issue types that have a mapping. */
function PlaceInput({
  settings,
  names,
  target,
  onChange,
}: {
  settings: SettingsDocument;
  names: Names;
  target: RoutingTarget;
  onChange: (target: RoutingTarget) => void;
}) {
  const keyOf = (place: { projectId: string; issueTypeId: string }): string =>
    `${place.projectId}/${place.issueTypeId}`;
  const details = useCall('getProject', { projectId: target.projectId });
  const types = details.loaded.state === 'ready' ? details.loaded.value.issueTypes : [];
  return (
    <ChoiceInput
      label={texts.routing.place}
      help={texts.routing.placeHelp}
      choices={settings.mappings.map((mapping) => {
        const project = names.projects.get(mapping.projectId);
        const type = types.find(({ id }) => id === mapping.issueTypeId)?.name;
        const place =
          project === undefined ? texts.common.unknownId(mapping.projectId) : texts.common.project(project);
        return { value: keyOf(mapping), label: type === undefined ? place : `${place} – ${type}` };
      })}
      value={keyOf(target)}
      onChange={(key) => {
        const chosen = settings.mappings.find((mapping) => keyOf(mapping) === key);
        if (chosen !== undefined)
          onChange({ ...target, projectId: chosen.projectId, issueTypeId: chosen.issueTypeId });
      }}
    />
  );
}
