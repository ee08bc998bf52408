import { createFakeServices } from '../../../test/support/fakes/services';
import { createFilter, listFilters } from './filters';

describe('filters', () => {
  it('open in Jira', async () => {
    const listed = await listFilters(createFakeServices());
    if (!listed.ok) throw new Error('refused');
    const [first] = listed.value.filters;
    const { searchParams, origin } = new URL(first?.url ?? '');
    expect(origin).toBe('https://jira.example.com');
    expect(searchParams.get('jql')).toBe(first?.jql);
  });

  it('are saved for the person who clicks', async () => {
    const create = jest.fn().mockResolvedValue({ ok: true, value: { id: '10' } });
    expect(await createFilter(createFakeServices(), { create }, { key: 'pending' })).toEqual({
      ok: true,
      value: { id: '10', url: 'https://jira.example.com/issues/?filter=10' },
    });
    expect(create).toHaveBeenCalledWith(
      expect.objectContaining({ jql: 'teleportState = "PENDING" ORDER BY created ASC' }),
    );
  });

  it('of a name that is taken, or of no such key, are refused', async () => {
    const problem = { kind: 'refused', status: 400, fields: ['filterName'], detail: '' };
    const create = jest.fn().mockResolvedValue({ ok: false, problem });
    const services = createFakeServices();
    expect(await createFilter(services, { create }, { key: 'pending' })).toMatchObject({
      error: { code: 'conflict' },
    });
    expect(await createFilter(services, { create }, { key: 'other' })).toMatchObject({
      error: { code: 'not_found' },
    });
    expect(await createFilter(services, { create }, { key: '' })).toMatchObject({
      error: { code: 'bad_input' },
    });
    expect(create).toHaveBeenCalledTimes(1);
  });
});
