import { createLog } from './log';

function capture(level: 'debug' | 'info' | 'warn' | 'error') {
  const lines: string[] = [];
  const log = createLog(level, { write: (line: string) => void lines.push(line) });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line has time, level, message and facts', () => {
  const { log, parsed } = capture('info');
  log.info('delivered', { requestId: 'r1', seconds: 0.5, ok: true, none: undefined });
  const { time, ...line } = parsed()[0] ?? {};
  expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
  expect(line).toEqual({
    level: 'info',
    message: 'delivered',
    requestId: 'r1',
    seconds: 0.5,
    ok: true,
  });
});

test('only what is important enough is written', () => {
  const { log, parsed } = capture('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  expect(parsed().map((line) => line['message'])).toEqual(['c', 'd']);
});

test('secrets are hidden, by name and by look', () => {
  const { log, lines } = capture('debug');
  log.error('bad tpj1_abcDEF-123 given', {
    pairingToken: 'abc1',
    clientSecret: 'abc2',
    note: 'x tpj1_zzz y',
  });
  log.error('again', { PASSWORD: 'abc3', privateKey: 'abc4', 'webhook-signature': 'abc5' });
  expect(lines.join('')).not.toMatch(/abc|tpj1|zzz/);
  expect(lines.join('')).toContain('x [hidden] y');
});

test('text of others cannot forge a line, and is cut', () => {
  const { log, lines, parsed } = capture('info');
  log.info('a\n{"level":"error"}', { reason: `\u202e${'x'.repeat(2000)}`, level: 'error', message: 'other' });
  expect(lines).toHaveLength(1);
  const [line] = parsed();
  expect(line).toMatchObject({
    level: 'info',
    level_: 'error',
    message: 'a {"level":"error"}',
    message_: 'other',
  });
  expect(String(line?.['reason'])).toHaveLength(500);
  expect(lines.join('')).not.toContain('\u202e');
});
