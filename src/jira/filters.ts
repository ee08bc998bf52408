import { route } from '@forge/api';
import * as z from 'zod';
import type { JiraFilters } from '../usecases/ports-catalogue';
import type { JiraClient } from './client';

const created = z.object({ id: z.string() });

/** Saved filters by REST v3, as the person who opened the page. */
export function createJiraFilters(asUser: JiraClient): JiraFilters {
  return {
    create: (filter) =>
      asUser.call({ route: route`/rest/api/3/filter`, method: 'POST', body: filter }, created),
  };
}
