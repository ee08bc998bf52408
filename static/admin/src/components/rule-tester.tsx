import Button from '@atlaskit/button/new';
import { useState } from 'react';
import type { RoutingAnswer } from '../../../../contract/admin';
import { texts } from '../texts';
import { useAction, useCall } from '../use-call';
import { Message } from './message';
import { Section } from './page';
import { TextsInput } from './pickers';
import { Failure } from './states';
import { TextInput } from './text-input';

/** Tells which rule a request would hit, by the settings as they are saved. */
export function RuleTester() {
  const connections = useCall('listConnections', {});
  const [cluster, setCluster] = useState<string>();
  const [user, setUser] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const [resources, setResources] = useState<string[]>([]);
  const [answer, setAnswer] = useState<RoutingAnswer>();
  const test = useAction('testRule');
  const first =
    connections.loaded.state === 'ready'
      ? connections.loaded.value.connections.find((each) => each.cluster !== undefined)?.cluster?.name
      : undefined;
  const shownCluster = cluster ?? first ?? '';
  return (
    <Section title={texts.tester.title} lead={texts.tester.lead}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          const request = {
            ...{ cluster: shownCluster, user: user.trim(), roles },
            resources: resources.map(resourceOf),
          };
          void test.run({ request }).then(setAnswer);
        }}
      >
        <div className="grid">
          <TextInput label={texts.terms.cluster} value={shownCluster} onChange={setCluster} />
          <TextInput label={texts.tester.user} value={user} onChange={setUser} />
        </div>
        <TextsInput
          label={texts.tester.roles}
          values={roles}
          onChange={setRoles}
          placeholder={texts.tester.rolesPlaceholder}
        />
        <TextsInput
          label={texts.tester.resources}
          help={texts.tester.resourcesHelp}
          values={resources}
          onChange={setResources}
          placeholder={texts.tester.resourcesPlaceholder}
        />
        <div className="actions">
          <Button type="submit" isLoading={test.isBusy}>
            {texts.tester.button}
          </Button>
        </div>
      </form>
      {test.error !== undefined && <Failure error={test.error} />}
      {answer !== undefined && <Answer answer={answer} />}
    </Section>
  );
}

/** A resource as people write it, `kind/name`; without a slash it is a kind. */
function resourceOf(text: string): { kind: string; name: string } {
  const slash = text.indexOf('/');
  return slash < 0 ? { kind: text, name: '' } : { kind: text.slice(0, slash), name: text.slice(slash + 1) };
}

function Answer({ answer }: { answer: RoutingAnswer }) {
  const { ruleId, ruleName, isMapped, hasApprovers, passedOver } = answer;
  return (
    <Message
      tone={isMapped && hasApprovers ? 'success' : 'warning'}
      title={ruleId === undefined ? texts.tester.catchAll : texts.tester.hit(ruleName)}
    >
      {!isMapped && <p>{texts.tester.notMapped}</p>}
      {!hasApprovers && <p>{texts.people.nobodyText}</p>}
      {passedOver.length > 0 && (
        <ul>
          {passedOver.map((each) => (
            <li key={each.ruleId}>
              {texts.tester.passedOver(each.ruleName, texts.routing.matches[each.because])}
            </li>
          ))}
        </ul>
      )}
    </Message>
  );
}
