import { readCommand } from './cli';

describe('readCommand', () => {
  it('starts everything on the friendly ports when nothing is asked for', () => {
    expect(readCommand([])).toEqual({ kind: 'run', part: 'all', json: false, portBase: 4600, poll: false });
  });

  it.each(['teleport', 'jira', 'forge'])('starts the part %s alone', (part) => {
    expect(readCommand([part, '--json'])).toEqual({
      kind: 'run',
      part,
      json: true,
      portBase: 4600,
      poll: false,
    });
  });

  it('takes another range of ports and a Jira that runs elsewhere', () => {
    expect(readCommand(['forge', '--port-base', '7000', '--jira', 'http://127.0.0.1:4601'])).toEqual({
      kind: 'run',
      part: 'forge',
      json: false,
      portBase: 7000,
      poll: false,
      jira: 'http://127.0.0.1:4601',
    });
  });

  it('lets the relay collect decisions by itself', () => {
    expect(readCommand(['--poll'])).toMatchObject({ part: 'all', poll: true });
  });

  it.each([['--help'], ['-h'], ['jira', '--help']])('explains itself for %s', (...args) => {
    expect(readCommand(args)).toEqual({ kind: 'help' });
  });

  it.each([
    [['mars'], /mars.*teleport, jira, forge/],
    [['jira', 'forge'], /forge/],
    [['--port-base', '0'], /--port-base/],
    [['--port-base', '65535'], /--port-base/],
    [['--port-base', 'many'], /--port-base/],
    [['--jira', 'http://127.0.0.1:1'], /--jira/],
    [['forge', '--jira', 'file:///etc/hosts'], /--jira/],
    [['forge', '--poll'], /--poll/],
    [['--unknown'], /--unknown/],
    [['--port-base'], /--port-base/],
  ])('refuses %j with one line that names what is wrong', (args, words) => {
    const command = readCommand(args);
    expect(command).toEqual({ kind: 'bad', text: expect.stringMatching(words) as string });
    expect(command.kind === 'bad' && command.text).not.toContain('\n');
  });
});
