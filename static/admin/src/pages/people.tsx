import Button from '@atlaskit/button/new';
import Checkbox from '@atlaskit/checkbox';
import { useState } from 'react';
import { SETTINGS_DEFAULTS, type PersonLink, type SettingsDocument } from '../../../../contract/admin';
import { ApproversForm } from '../components/approvers-form';
import { SaveProblems } from '../components/conflict';
import { tellSuccess } from '../components/flags';
import { Page, Section } from '../components/page';
import { ChoiceInput, PeopleInput } from '../components/pickers';
import { NeedsProject } from '../components/needs-project';
import { Empty, Load } from '../components/states';
import { TextInput } from '../components/text-input';
import type { PageProps } from '../app';
import { idsIn, useNames } from '../names';
import { useSettings, type SettingsStore } from '../settings';
import { texts } from '../texts';

/** Who decides in Jira, how strictly, and who is who in Teleport. */
export default function PeoplePage({ wizard }: PageProps) {
  const store = useSettings();
  return (
    <Page title={texts.people.title} lead={texts.people.lead}>
      <Load source={store}>
        {({ settings, version }) =>
          settings === null ? (
            <NeedsProject />
          ) : (
            <>
              <Section title={texts.people.approvers} lead={texts.people.approversLead}>
                <ApproversForm
                  onSaved={() => {
                    void wizard.reload();
                    void store.reload();
                  }}
                />
              </Section>
              <Decisions key={version} store={store} settings={settings} />
            </>
          )
        }
      </Load>
    </Page>
  );
}

interface PartProps {
  store: SettingsStore;
  settings: SettingsDocument;
}

const SUGGESTED = (['watchers', 'assignee', 'nothing'] as const).map((value) => ({
  value,
  label: texts.people.suggestedAs[value],
}));

function Decisions({ store, settings }: PartProps) {
  const [strictMode, setStrict] = useState(settings.strictMode);
  const [denyNeedsReason, setNeedsReason] = useState(settings.denyNeedsReason ?? false);
  const [linkByEmail, setLinkByEmail] = useState(settings.linkByEmail ?? false);
  const [suggestedReviewers, setSuggested] = useState(settings.suggestedReviewers ?? 'watchers');
  const [auditDays, setAuditDays] = useState(String(settings.auditDays ?? SETTINGS_DEFAULTS.auditDays));
  const [newIssues, setNewIssues] = useState(
    String(settings.newIssuesPerHour ?? SETTINGS_DEFAULTS.newIssuesPerHour),
  );
  const [sendApproverEmail, setEmail] = useState(settings.sendApproverEmail);
  const [minutes, setMinutes] = useState(String(settings.approveWithinMinutes));
  const [hours, setHours] = useState(String(settings.denyWithinHours));
  const [people, setPeople] = useState<PersonLink[]>(settings.people);

  const save = (): void =>
    void store
      .save((now) => ({
        ...(now ?? settings),
        ...{ strictMode, denyNeedsReason, sendApproverEmail, people, linkByEmail, suggestedReviewers },
        approveWithinMinutes: Number(minutes),
        denyWithinHours: Number(hours),
        auditDays: Number(auditDays),
        newIssuesPerHour: Number(newIssues),
      }))
      .then((isSaved) => {
        if (isSaved) tellSuccess(texts.people.saved);
      });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Section title={texts.people.links} lead={texts.people.linksLead}>
        <Links settings={settings} people={people} onChange={setPeople} />
        <div className="form">
          <Checkbox
            isChecked={linkByEmail}
            onChange={({ currentTarget }) => {
              setLinkByEmail(currentTarget.checked);
            }}
            label={texts.people.linkByEmail}
          />
          <p className="subtle">{texts.people.linkByEmailHelp}</p>
          <ChoiceInput
            label={texts.people.suggested}
            choices={SUGGESTED}
            value={suggestedReviewers}
            onChange={(value) => {
              setSuggested(SUGGESTED.find((each) => each.value === value)?.value ?? 'watchers');
            }}
          />
        </div>
      </Section>
      <Section title={texts.people.decisions} lead={texts.people.decisionsLead}>
        <div className="form">
          <Checkbox
            isChecked={strictMode}
            onChange={({ currentTarget }) => {
              setStrict(currentTarget.checked);
            }}
            label={texts.people.strict}
          />
          <Checkbox
            isChecked={denyNeedsReason}
            onChange={({ currentTarget }) => {
              setNeedsReason(currentTarget.checked);
            }}
            label={texts.people.denyNeedsReason}
          />
          <Checkbox
            isChecked={sendApproverEmail}
            onChange={({ currentTarget }) => {
              setEmail(currentTarget.checked);
            }}
            label={texts.people.email}
          />
          <div className="grid">
            <TextInput
              type="number"
              label={texts.people.approveWithin}
              help={texts.people.approveWithinHelp}
              value={minutes}
              onChange={setMinutes}
            />
            <TextInput
              type="number"
              label={texts.people.denyWithin}
              help={texts.people.denyWithinHelp}
              value={hours}
              onChange={setHours}
            />
            <TextInput
              type="number"
              label={texts.people.auditDays}
              help={texts.people.auditDaysHelp}
              value={auditDays}
              onChange={setAuditDays}
            />
            <TextInput
              type="number"
              label={texts.people.newIssues}
              help={texts.people.newIssuesHelp}
              value={newIssues}
              onChange={setNewIssues}
            />
          </div>
        </div>
      </Section>
      <SaveProblems store={store} />
      <div className="actions">
        <Button type="submit" appearance="primary" isLoading={store.isSaving}>
          {texts.common.save}
        </Button>
      </div>
    </form>
  );
}

function Links({
  settings,
  people,
  onChange,
}: {
  settings: SettingsDocument;
  people: readonly PersonLink[];
  onChange: (people: PersonLink[]) => void;
}) {
  const names = useNames(idsIn({ ...settings, people: [...people] }));
  const [user, setUser] = useState('');
  const [accountIds, setAccountIds] = useState<string[]>([]);
  const [accountId] = accountIds;
  return (
    <>
      {people.length === 0 ? (
        <Empty title={texts.people.noLinks} text={texts.people.noLinksText} />
      ) : (
        <ul className="rows" aria-label={texts.people.links}>
          {people.map((link) => (
            <li key={link.teleportUser} className="row">
              <div className="row-main">
                <strong>{link.teleportUser}</strong>{' '}
                <span className="subtle">
                  {texts.people.isAccount(
                    names.people.get(link.accountId)?.name ??
                      (names.isLoaded ? texts.common.unknownId(link.accountId) : link.accountId),
                  )}
                </span>
              </div>
              <Button
                appearance="subtle"
                onClick={() => {
                  onChange(people.filter((each) => each !== link));
                }}
              >
                {texts.common.remove}
                <span className="visually-hidden"> {link.teleportUser}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="grid">
        <TextInput label={texts.people.teleportUser} value={user} onChange={setUser} />
        <PeopleInput
          label={texts.people.account}
          names={names}
          ids={accountIds}
          onChange={(ids) => {
            setAccountIds(ids.slice(-1));
          }}
        />
      </div>
      <div className="actions">
        <Button
          isDisabled={user.trim() === '' || accountId === undefined}
          onClick={() => {
            if (accountId === undefined) return;
            const teleportUser = user.trim();
            onChange([
              ...people.filter((each) => each.teleportUser !== teleportUser),
              { teleportUser, accountId },
            ]);
            setUser('');
            setAccountIds([]);
          }}
        >
          {texts.people.addLink}
        </Button>
      </div>
    </>
  );
}
