import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { RoutingRule, RoutingTarget, SettingsDocument } from '../../../../contract/admin';
import { SaveProblems } from '../components/conflict';
import { Dialog } from '../components/dialog';
import { NeedsProject } from '../components/needs-project';
import { Page, Section } from '../components/page';
import { RuleEditor } from '../components/rule-editor';
import { RuleTester } from '../components/rule-tester';
import { Load } from '../components/states';
import { Status } from '../components/status';
import { idsIn, useNames, type Names } from '../names';
import { useSettings, type SettingsStore } from '../settings';
import { texts } from '../texts';

/** Which request goes where. */
export default function RoutingPage() {
  const store = useSettings();
  return (
    <Page title={texts.routing.title} lead={texts.routing.lead}>
      <Load source={store}>
        {({ settings }) =>
          settings === null ? (
            <NeedsProject />
          ) : (
            <>
              <Rules store={store} settings={settings} />
              <RuleTester />
            </>
          )
        }
      </Load>
    </Page>
  );
}

/** What is open in the editor: a rule that is there, a new one, or what holds for all others. */
type Editing = { what: 'rule'; rule: RoutingRule } | { what: 'new' } | { what: 'catch-all' };

function Rules({ store, settings }: { store: SettingsStore; settings: SettingsDocument }) {
  const { rules, catchAll } = settings;
  const names = useNames(idsIn(settings));
  const [editing, setEditing] = useState<Editing>();
  const [deleting, setDeleting] = useState<RoutingRule>();

  const swap = (index: number, other: number): void =>
    void store.save((now) => {
      const base = now ?? settings;
      const moved = [...base.rules];
      const [first, second] = [moved[index], moved[other]];
      if (first !== undefined && second !== undefined) {
        moved[index] = second;
        moved[other] = first;
      }
      return { ...base, rules: moved };
    });
  const close = (): void => {
    setEditing(undefined);
  };

  if (editing !== undefined)
    return (
      <RuleEditor
        {...{ store, settings, names, onClose: close }}
        rule={editing.what === 'rule' ? editing.rule : undefined}
        isCatchAll={editing.what === 'catch-all'}
      />
    );
  return (
    <Section
      title={texts.routing.rules}
      lead={texts.routing.rulesLead}
      actions={
        <Button
          appearance="primary"
          onClick={() => {
            setEditing({ what: 'new' });
          }}
        >
          {texts.routing.add}
        </Button>
      }
    >
      <SaveProblems store={store} />
      <ol className="rows" aria-label={texts.routing.rules}>
        {rules.map((rule, index) => (
          <li key={rule.id} className="row">
            <div className="row-main">
              <strong>{texts.routing.numbered(index + 1, rule.name)}</strong>
              <p>{texts.routing.when(rule.match)}</p>
              <Target target={rule.then} names={names} />
            </div>
            <div className="actions">
              <Button
                isDisabled={index === 0 || store.isSaving}
                onClick={() => {
                  swap(index, index - 1);
                }}
              >
                {texts.routing.up}
                <span className="visually-hidden"> {rule.name}</span>
              </Button>
              <Button
                isDisabled={index === rules.length - 1 || store.isSaving}
                onClick={() => {
                  swap(index, index + 1);
                }}
              >
                {texts.routing.down}
                <span className="visually-hidden"> {rule.name}</span>
              </Button>
              <Button
                onClick={() => {
                  setEditing({ what: 'rule', rule });
                }}
              >
                {texts.routing.edit}
                <span className="visually-hidden"> {rule.name}</span>
              </Button>
              <Button
                appearance="subtle"
                onClick={() => {
                  setDeleting(rule);
                }}
              >
                {texts.routing.delete}
                <span className="visually-hidden"> {rule.name}</span>
              </Button>
            </div>
          </li>
        ))}
        <li className="row fixed">
          <div className="row-main">
            <strong>{texts.routing.catchAll}</strong>
            <p>{texts.routing.catchAllText}</p>
            <Target target={catchAll} names={names} />
          </div>
          <div className="actions">
            <Button
              onClick={() => {
                setEditing({ what: 'catch-all' });
              }}
            >
              {texts.routing.edit}
              <span className="visually-hidden"> {texts.routing.catchAll}</span>
            </Button>
          </div>
        </li>
      </ol>
      {deleting !== undefined && (
        <Dialog
          title={texts.routing.deleteTitle(deleting.name)}
          onClose={() => {
            setDeleting(undefined);
          }}
          actions={
            <Button
              appearance="danger"
              onClick={() => {
                setDeleting(undefined);
                void store.save((now) => {
                  const base = now ?? settings;
                  return { ...base, rules: base.rules.filter(({ id }) => id !== deleting.id) };
                });
              }}
            >
              {texts.routing.delete}
            </Button>
          }
        >
          <p>{texts.routing.deleteText}</p>
        </Dialog>
      )}
    </Section>
  );
}

function Target({ target, names }: { target: RoutingTarget; names: Names }) {
  const { projectId, approvers, labels, watchers, dueDate } = target;
  const project = names.projects.get(projectId);
  const nameOf = (id: string, name: string | undefined): string =>
    name ?? (names.isLoaded ? texts.common.unknownId(id) : '…');
  const deciders = [
    ...approvers.groupIds.map((id) => nameOf(id, names.groups.get(id))),
    ...approvers.accountIds.map((id) => nameOf(id, names.people.get(id)?.name)),
  ];
  return (
    <p className="subtle">
      {texts.routing.target(
        project === undefined ? nameOf(projectId, undefined) : texts.common.project(project),
        deciders,
        labels,
        watchers.length,
        dueDate,
      )}{' '}
      {deciders.length === 0 && <Status tone="warning">{texts.people.nobody}</Status>}
    </p>
  );
}
