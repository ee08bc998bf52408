import Button from '@atlaskit/button/new';
import Checkbox from '@atlaskit/checkbox';
import { useState } from 'react';
import type { Approvers, SettingsDocument } from '../../../../contract/admin';
import { idsIn, useNames } from '../names';
import { useSettings, type SettingsStore } from '../settings';
import { texts } from '../texts';
import { SaveProblems } from './conflict';
import { tellSuccess } from './flags';
import { Message } from './message';
import { GroupsInput, PeopleInput } from './pickers';
import { useCall } from '../use-call';
import { Load } from './states';

/** Chooses who decides the requests that no rule is for. */
export function ApproversForm({ onSaved }: { onSaved: () => void }) {
  const store = useSettings();
  return (
    <Load source={store}>
      {({ settings, version }) =>
        settings === null ? (
          <Message tone="information" title={texts.people.projectFirst} />
        ) : (
          <Form key={version} store={store} settings={settings} onSaved={onSaved} />
        )
      }
    </Load>
  );
}

function Form({
  store,
  settings,
  onSaved,
}: {
  store: SettingsStore;
  settings: SettingsDocument;
  onSaved: () => void;
}) {
  const [approvers, setApprovers] = useState<Approvers>(settings.catchAll.approvers);
  const names = useNames(idsIn(settings));
  const done = (): void => {
    tellSuccess(texts.people.saved);
    onSaved();
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void store
          .save((now) => {
            const base = now ?? settings;
            return { ...base, catchAll: { ...base.catchAll, approvers } };
          })
          .then((isSaved) => {
            if (isSaved) done();
          });
      }}
    >
      <ApproversInput
        names={names}
        projectId={settings.catchAll.projectId}
        approvers={approvers}
        onChange={setApprovers}
      />
      <SaveProblems store={store} onSaved={done} />
      <div className="actions">
        <Button type="submit" appearance="primary" isLoading={store.isSaving}>
          {texts.common.save}
        </Button>
      </div>
    </form>
  );
}

/** Groups, people, roles and holders of the permission that may decide, with what an empty list means. */
export function ApproversInput({
  names,
  projectId,
  approvers,
  onChange,
}: {
  names: ReturnType<typeof useNames>;
  projectId: string;
  approvers: Approvers;
  onChange: (approvers: Approvers) => void;
}) {
  const { groupIds, accountIds, projectRoleIds = [], permission = false } = approvers;
  const isEmpty = groupIds.length + accountIds.length + projectRoleIds.length === 0 && !permission;
  // Only as it was at first: it must not close under the hand that takes the last choice out of it.
  const [isOpen] = useState(projectRoleIds.length > 0 || permission);
  return (
    <>
      <GroupsInput
        label={texts.people.groups}
        help={texts.people.groupsHelp}
        names={names}
        ids={groupIds}
        onChange={(ids) => {
          onChange({ ...approvers, groupIds: ids });
        }}
      />
      <PeopleInput
        label={texts.people.accounts}
        names={names}
        ids={accountIds}
        onChange={(ids) => {
          onChange({ ...approvers, accountIds: ids });
        }}
      />
      <details className="more" open={isOpen}>
        <summary>{texts.people.moreWays}</summary>
        <div className="form">
          <Checkbox
            isChecked={permission}
            onChange={({ currentTarget }) => {
              onChange({ ...approvers, permission: currentTarget.checked });
            }}
            label={texts.people.permission}
          />
          <p className="subtle">{texts.people.permissionHelp}</p>
          <RolesInput
            projectId={projectId}
            ids={projectRoleIds}
            onChange={(ids) => {
              onChange({ ...approvers, projectRoleIds: ids });
            }}
          />
        </div>
      </details>
      {isEmpty && (
        <Message tone="warning" title={texts.people.nobody}>
          <p>{texts.people.nobodyText}</p>
        </Message>
      )}
    </>
  );
}

/** Roles of the project, with a warning: whoever administers the project can put themselves into one. */
function RolesInput({
  projectId,
  ids,
  onChange,
}: {
  projectId: string;
  ids: readonly string[];
  onChange: (ids: string[]) => void;
}) {
  const roles = useCall('listProjectRoles', { projectId });
  return (
    <fieldset className="plain">
      <legend>{texts.people.roles}</legend>
      <Message tone="warning" title={texts.people.rolesWarning}>
        <p>{texts.people.rolesWarningText}</p>
      </Message>
      <Load source={roles}>
        {({ roles: known }) => {
          const gone = ids.filter((id) => known.every((role) => role.id !== id));
          const shown = [...known, ...gone.map((id) => ({ id, name: texts.common.unknownId(id) }))];
          return shown.map(({ id, name }) => (
            <Checkbox
              key={id}
              label={name}
              isChecked={ids.includes(id)}
              onChange={({ currentTarget }) => {
                const others = ids.filter((each) => each !== id);
                onChange(currentTarget.checked ? [...others, id] : others);
              }}
            />
          ));
        }}
      </Load>
    </fieldset>
  );
}
