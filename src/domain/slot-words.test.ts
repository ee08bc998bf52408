import { suggestSlots } from './slot-words';

function suggest(names: Record<string, string>): Record<string, string[]> {
  const statuses = Object.entries(names).map(([id, name]) => ({
    ...{ id, name },
    category: id === 'p' || id.startsWith('x') ? 'indeterminate' : 'done',
  }));
  return suggestSlots(statuses);
}

const ALL = { pending: ['p'], approved: ['a'], denied: ['d'], expired: ['e'] };

describe('slots by name', () => {
  it.each([
    ['English', 'Pending', 'Approved', 'Denied', 'Expired'],
    ['other English', 'Waiting for approval', 'Granted', 'Rejected', 'Lapsed'],
    ['German', 'Wartet auf Genehmigung', 'Genehmigt', 'Abgelehnt', 'Abgelaufen'],
    ['French', 'En attente', 'Approuvé', 'Refusé', 'Expiré'],
    ['Spanish', 'Pendiente', 'Aprobado', 'Rechazado', 'Caducado'],
    ['Portuguese', 'Aguardando aprovação', 'Aprovado', 'Rejeitado', 'Expirado'],
    ['Italian', 'In attesa', 'Approvato', 'Rifiutato', 'Scaduto'],
    ['Dutch', 'In afwachting', 'Goedgekeurd', 'Afgewezen', 'Verlopen'],
    ['Polish', 'Oczekujące', 'Zatwierdzone', 'Odrzucone', 'Wygasłe'],
    ['Czech', 'Čekající', 'Schváleno', 'Zamítnuto', 'Vypršelo'],
    ['Swedish', 'Väntar', 'Godkänd', 'Nekad', 'Utgången utgått'],
    ['Turkish', 'Bekliyor', 'Onaylandı', 'Reddedildi', 'Süresi doldu'],
    ['Russian', 'Ожидает', 'Одобрено', 'Отклонено', 'Истекло'],
    ['Ukrainian', 'Очікує', 'Схвалено', 'Відхилено', 'Закінчилось'],
    ['Japanese', '承認待ち', '承認済み', '却下', '期限切れ'],
    ['Chinese', '等待审批', '已批准', '已拒绝', '已过期'],
    ['Korean', '승인 대기', '승인됨', '거부됨', '만료됨'],
    ['Hebrew', 'ממתין', 'אושר', 'נדחה', 'פג תוקף'],
  ])('are found in %s', (_, p, a, d, e) => {
    expect(suggest({ p, a, d, e })).toEqual(ALL);
  });

  it('are found among others, the plainest name first', () => {
    expect(
      suggest({
        x1: 'Pending deployment',
        p: 'Pending',
        a: 'Approved',
        x2: 'In progress',
        d: 'Denied',
        e: 'Expired',
      }),
    ).toEqual(ALL);
  });

  it('do not take the opposite for the thing', () => {
    expect(suggest({ a: 'Not approved', d: 'Denied' })).toMatchObject({ approved: [], denied: ['d'] });
    expect(suggest({ p: 'Waiting for approval', a: 'Done' })).toMatchObject({ pending: ['p'], approved: [] });
  });

  it('never take an end from the category alone, and pending only when there is no choice', () => {
    expect(suggest({ p: 'Step 1', a: 'Step 2', d: 'Step 3' })).toEqual({
      pending: ['p'],
      approved: [],
      denied: [],
      expired: [],
    });
    expect(suggest({ p: 'Step 1', x: 'Step 2' })).toMatchObject({ pending: [] });
  });
});
