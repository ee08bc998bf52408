import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { Approvers, SettingsDocument } from '../../../../contract/admin';
import { idsIn, useNames } from '../names';
import { useSettings, type SettingsStore } from '../settings';
import { texts } from '../texts';
import { SaveProblems } from './conflict';
import { tellSuccess } from './flags';
import { Message } from './message';
import { GroupsInput, PeopleInput } from './pickers';
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
      <ApproversInput names={names} approvers={approvers} onChange={setApprovers} />
      <SaveProblems store={store} onSaved={done} />
      <div className="actions">
        <Button type="submit" appearance="primary" isLoading={store.isSaving}>
          {texts.common.save}
        </Button>
      </div>
    </form>
  );
}

/** Groups and people that may decide, with what an empty list means. */
export function ApproversInput({
  names,
  approvers,
  onChange,
}: {
  names: ReturnType<typeof useNames>;
  approvers: Approvers;
  onChange: (approvers: Approvers) => void;
}) {
  const { groupIds, accountIds } = approvers;
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
      {groupIds.length + accountIds.length === 0 && (
        <Message tone="warning" title={texts.people.nobody}>
          <p>{texts.people.nobodyText}</p>
        </Message>
      )}
    </>
  );
}
