import fc from 'fast-check';
import { readHistory, type HistoryEntry } from './history';

const status = (id: string, created: number, from: string, to: string, accountId?: string): HistoryEntry => ({
  id,
  created,
  author: accountId === undefined ? undefined : { accountId },
  items: [{ field: 'status', fieldId: 'status', from, to }],
});
const edit = (id: string, created: number, field: string, accountId: string): HistoryEntry => ({
  id,
  created,
  author: { accountId },
  items: [{ field, fieldId: field }],
});

describe('readHistory', () => {
  it('finds the newest change of status in any order of entries', () => {
    const entries = [
      status('3', 30, '2', '3', 'bob'),
      status('1', 10, '1', '2', 'app'),
      edit('2', 20, 'labels', 'eve'),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: 3 }), (shuffled) => {
        expect(readHistory(shuffled)).toEqual({
          lastMove: {
            historyId: '3',
            accountId: 'bob',
            fromStatusId: '2',
            toStatusId: '3',
            at: 30,
            isIssueMove: false,
            editors: [],
          },
          lastEditor: undefined,
          moves: 2,
        });
      }),
    );
  });

  it('names who edited what the card shows between the last two changes of status, and nobody else', () => {
    const history = readHistory([
      edit('1', 5, 'summary', 'before'),
      status('2', 10, '1', '2', 'app'),
      edit('3', 20, 'description', 'eve'),
      edit('4', 25, 'summary', 'mallory'),
      edit('5', 26, 'priority', 'carol'),
      status('6', 30, '2', '3', 'bob'),
      edit('7', 40, 'summary', 'after'),
    ]);
    expect(history.lastMove?.editors).toEqual(['mallory', 'eve']);
    expect(history.lastEditor).toBe('after');
  });

  it('counts an entry that names nobody as the newest all the same', () => {
    const history = readHistory([
      status('1', 10, '2', '3', 'bob'),
      status('2', 20, '3', '2'),
      status('3', 30, '2', '3'),
    ]);
    expect(history.lastMove).toMatchObject({ historyId: '3', accountId: '' });
  });

  it('tells an issue that was moved from a card that was', () => {
    const moved = status('1', 10, '2', '3', 'bob');
    for (const field of ['project', 'issuetype', 'Key', 'Workflow']) {
      const entry = { ...moved, items: [...moved.items, { field }] };
      expect(readHistory([entry]).lastMove?.isIssueMove).toBe(true);
    }
  });

  it('orders entries of one instant by their ids, as numbers', () => {
    const history = readHistory([status('10', 10, '2', '3', 'b'), status('9', 10, '1', '2', 'a')]);
    expect(history.lastMove?.historyId).toBe('10');
    expect(readHistory([])).toEqual({ lastMove: undefined, lastEditor: undefined, moves: 0 });
  });
});
