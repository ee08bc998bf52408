import { forbidden } from '../errors';
import { listParameter, ok, pageOf, type Route } from '../route';
import { jiraTime } from '../times';

/** What belongs to the whole site: server information, issue types, statuses, resolutions. */
export const siteRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'serverInfo',
    handle: ({ site }) =>
      ok({
        baseUrl: site.baseUrl,
        displayUrl: site.baseUrl,
        version: '1001.0.0-SNAPSHOT',
        versionNumbers: [1001, 0, 0],
        deploymentType: 'Cloud',
        buildNumber: 100_000,
        buildDate: '2026-01-01T00:00:00.000+0000',
        serverTime: jiraTime(site.store.clock.now()),
        scmInfo: 'sandbox',
        serverTitle: 'Jira',
      }),
  },
  {
    method: 'GET',
    template: 'issuetype',
    handle: ({ site, render }) =>
      ok([...site.store.issueTypes.values()].map((type) => render.issueType(type))),
  },
  {
    method: 'GET',
    template: 'status',
    handle: ({ site, render }) =>
      ok([...site.store.statuses.values()].map((status) => render.status(status))),
  },
  {
    method: 'GET',
    template: 'statuses/search',
    handle(context) {
      const { permissions, store } = context.site;
      if (!permissions.global(context.caller.account, 'ADMINISTER'))
        throw forbidden('Only Jira administrators can perform this operation.');
      const text = (context.query.get('searchString') ?? '').toLowerCase();
      const category = context.query.get('statusCategory');
      const found = [...store.statuses.values()]
        .filter((status) => status.name.toLowerCase().includes(text))
        .filter((status) => category === null || status.category === category)
        .map(({ id, name, description, category: statusCategory }) => ({
          id,
          name,
          description,
          statusCategory,
          scope: { type: 'GLOBAL' },
        }));
      return ok(pageOf(context, 'statuses/search', found, { fallback: 200, max: 200 }));
    },
  },
  {
    method: 'GET',
    template: 'resolution',
    handle: ({ site, render }) => ok([...site.store.resolutions.keys()].map((id) => render.resolution(id))),
  },
  {
    method: 'GET',
    template: 'resolution/search',
    handle(context) {
      const ids = listParameter(context.query, 'id');
      const found = [...context.site.store.resolutions.keys()]
        .filter((id) => ids.length === 0 || ids.includes(id))
        .map((id) => ({ ...context.render.resolution(id), default: false }));
      return ok(pageOf(context, 'resolution/search', found, { fallback: 50, max: 50 }));
    },
  },
];
