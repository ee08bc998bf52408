import { sampleSnapshot } from '../../../test/support/sample-messages';
import { applySnapshot, servicesWithCard } from '../../../test/support/fakes/samples';
import { createFakeServices, type FakeServices } from '../../../test/support/fakes/services';
import { exportActivity, getActivity, listActivity } from './activity';

const { cluster } = sampleSnapshot();

async function withEntries(count: number, text = (index: number) => `entry ${index}`): Promise<FakeServices> {
  const services = createFakeServices();
  for (let index = 0; index < count; index += 1) {
    services.clock.pass(1);
    const kind = index % 10 === 0 ? 'failure' : 'settings';
    await services.activity.add({ kind, text: text(index), cluster: index % 2 === 0 ? 'even' : undefined });
  }
  return services;
}

describe('activity', () => {
  it('comes newest first, page by page', async () => {
    const services = await withEntries(60);
    const first = await listActivity(services, {});
    if (!first.ok) throw new Error('refused');
    expect(first.value.entries).toHaveLength(50);
    expect(first.value.entries[0]).toEqual({
      id: expect.any(String) as string,
      at: '2026-11-24T14:01:00.000Z',
      kind: 'settings',
      text: 'entry 59',
    });
    const second = await listActivity(services, { pageToken: first.value.nextPageToken });
    expect(second).toMatchObject({ ok: true, value: { entries: { length: 10 } } });
    expect(await listActivity(services, { pageToken: 7 })).toMatchObject({ error: { code: 'bad_input' } });
  });

  it.each<[object, number]>([
    [{ kinds: ['failure'] }, 6],
    [{ cluster: 'even' }, 30],
    [{ text: 'ENTRY 5' }, 11],
    [{ kinds: ['failure'], text: 'entry 5' }, 1],
    [{ requestId: 'none' }, 0],
    [{ from: '2026-11-24T14:00:51Z' }, 10],
    [{ to: '2026-11-24T14:00:10Z' }, 10],
  ])('filtered by %j is followed to its end', async (filter, expected) => {
    const services = await withEntries(60);
    let found = 0;
    let pageToken: string | undefined;
    do {
      const page = await listActivity(services, { filter, ...(pageToken !== undefined && { pageToken }) });
      if (!page.ok) throw new Error('refused');
      found += page.value.entries.length;
      pageToken = page.value.nextPageToken;
    } while (pageToken !== undefined);
    expect(found).toBe(expected);
  });

  it('in detail tells how the request stands now', async () => {
    const { services } = await servicesWithCard();
    services.site.transitions = [];
    await applySnapshot(services, sampleSnapshot({ state: 'DENIED', observedAt: '2026-11-24T14:05:00Z' }));
    const [entry] = (await services.activity.list(1)).entries;
    const at = new Date(entry?.at ?? 0).toISOString();
    expect(await getActivity(services, { id: entry?.id, at })).toMatchObject({
      value: {
        entry: { code: 'transition_missing' },
        request: {
          cluster,
          phase: 'linked',
          issueUrl: 'https://jira.example.com/browse/TAR-7',
          failure: { code: 'transition_missing', nextAttemptAt: expect.any(String) as string },
        },
      },
    });
    expect(await getActivity(services, { id: 'none', at })).toMatchObject({ error: { code: 'not_found' } });
    expect(await getActivity(services, { id: 'none' })).toMatchObject({ error: { code: 'bad_input' } });
  });
});

describe('an export', () => {
  it('as JSON holds what the filter lets through', async () => {
    const services = await withEntries(120);
    const file = await exportActivity(services, { format: 'json', filter: { kinds: ['failure'] } });
    if (!file.ok) throw new Error('refused');
    expect(file.value).toMatchObject({ mediaType: 'application/json', entries: 12, isCut: false });
    expect(file.value.fileName).toMatch(/2026-11-24\.json$/);
    expect(JSON.parse(file.value.text)).toHaveLength(12);
  });

  it('as CSV escapes quotes and line ends, and gives a spreadsheet no formula', async () => {
    const services = await withEntries(1, () => '=HYPERLINK("http://x")\n,b');
    const file = await exportActivity(services, { format: 'csv' });
    if (!file.ok) throw new Error('refused');
    const [header, ...rows] = file.value.text.split('\r\n');
    expect(header).toMatch(/^at,kind,code,text,cluster,requestId,issueKey,accountId,.*id$/);
    expect(rows[0]).toContain('"\'=HYPERLINK(""http://x"")\n,b"');
  });

  it('is cut in time for the page, and says so', async () => {
    const services = await withEntries(250);
    const list = services.activity.list.bind(services.activity);
    services.activity.list = (limit, pageToken) => {
      services.clock.pass(2);
      return list(limit, pageToken);
    };
    expect(await exportActivity(services, { format: 'csv' })).toMatchObject({
      value: { entries: 200, isCut: true },
    });
  });
});
