import { sampleSnapshot } from '../../test/support/sample-messages';
import {
  createFakeServices,
  fakeIssueSettings,
  type SettingsChanges,
} from '../../test/support/fakes/services';
import { linkPeople } from './link-people';

const request = sampleSnapshot({
  user: 'alice@example.com',
  suggestedReviewers: ['bob', 'carol@example.com'],
});

function setUp(changes: SettingsChanges) {
  const services = createFakeServices();
  services.people.add('a-alice', { email: 'alice@example.com' });
  services.people.add('a-carol', { email: 'carol@example.com' });
  const settings = fakeIssueSettings(changes);
  return { services, link: () => linkPeople(services, settings, request) };
}

const people = [
  { teleportUser: 'alice@example.com', accountId: 'a-table' },
  { teleportUser: 'bob', accountId: 'a-bob' },
];

it('shows nobody and asks nothing where nobody is linked', async () => {
  const { services, link } = setUp({});
  expect(await link()).toEqual({ reporter: undefined, assignee: undefined, watchers: [] });
  expect(services.logged).toEqual([]);
});

it('takes the table first, then the visible address', async () => {
  expect(await setUp({ people }).link()).toMatchObject({
    reporter: 'a-table',
    watchers: ['a-table', 'a-bob'],
  });
  expect(await setUp({ people, linkByEmail: true }).link()).toMatchObject({
    reporter: 'a-table',
    watchers: ['a-table', 'a-bob', 'a-carol'],
  });
  expect(await setUp({ linkByEmail: true }).link()).toMatchObject({ reporter: 'a-alice' });
});

it('links nobody by an address that several accounts show', async () => {
  const { services, link } = setUp({ linkByEmail: true });
  services.people.add('a-second', { email: 'alice@example.com' });
  expect((await link()).reporter).toBeUndefined();
});

it('makes suggested reviewers what the settings say', async () => {
  expect(await setUp({ people, suggestedReviewers: 'assignee' }).link()).toEqual({
    ...{ reporter: 'a-table', assignee: 'a-bob', watchers: ['a-table'] },
  });
  expect(await setUp({ people, suggestedReviewers: 'nothing' }).link()).toEqual({
    ...{ reporter: 'a-table', assignee: undefined, watchers: ['a-table'] },
  });
});

it('holds nothing up when Jira does not answer', async () => {
  const { services, link } = setUp({ linkByEmail: true });
  services.people.findByEmail = () =>
    Promise.resolve({ ok: false, problem: { kind: 'uncertain', detail: 'no answer' } });
  expect(await link()).toMatchObject({ reporter: undefined, watchers: [] });
  expect(services.logged).not.toEqual([]);
});
