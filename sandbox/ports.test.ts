import { listenHttp } from './http';
import { choosePorts, freePort, LISTENERS } from './ports';

describe('choosePorts', () => {
  it('replaces a port that is taken and keeps the others in their order', async () => {
    const taken = await listenHttp(() => Promise.resolve());
    try {
      const ports = await choosePorts(taken.port - 1);
      expect(Object.keys(ports)).toEqual([...LISTENERS]);
      expect(ports.jira).not.toBe(taken.port);
      expect(new Set(Object.values(ports)).size).toBe(LISTENERS.length);
    } finally {
      await taken.close();
    }
  });

  it('gives the wished port when nobody has it', async () => {
    const wished = await freePort();
    expect(await freePort(wished)).toBe(wished);
  });
});
