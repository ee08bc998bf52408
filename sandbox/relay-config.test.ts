import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { relayConfigFor, writeRelayConfig } from './relay-config';

const facts = {
  authAddress: '127.0.0.1:3025',
  identityFile: '/data/identity',
  pairingTokenFile: '/data/token',
  healthAddress: '127.0.0.1:8090',
};

describe('relayConfigFor', () => {
  it('replaces single keys, adds sections and keeps the rest', () => {
    const config = relayConfigFor(facts, {
      decisions: { mode: 'observe', approver_identity: undefined },
      ceiling: { roles_deny: ['root'] },
    });
    expect(config['decisions']).toEqual({
      mode: 'observe',
      approver_identity: undefined,
      accept: ['panel', 'card'],
    });
    expect(config['ceiling']).toEqual({ roles_deny: ['root'] });
    expect(config['teleport']).toEqual({ address: '127.0.0.1:3025', identity_file: '/data/identity' });
  });

  it('gives the relay an address for pushed decisions, and the platform’s keys, only when it gets push', () => {
    expect(relayConfigFor(facts)).not.toHaveProperty('push');
    const push = { address: '127.0.0.1:9000', jwksUrl: 'http://127.0.0.1:9001/jwks.json' };
    expect(relayConfigFor({ ...facts, push })).toMatchObject({
      http: { health_address: '127.0.0.1:8090', decisions_address: '127.0.0.1:9000' },
      push: { jwks_url: 'http://127.0.0.1:9001/jwks.json' },
    });
  });

  it('tells the relay of another clock only when there is one', () => {
    expect(relayConfigFor(facts)['timing']).toEqual({ hello_at_most_every: 1 });
    const clock = { rate: 60, epoch: 1_700_000_000_000 };
    expect(relayConfigFor({ ...facts, clock })['timing']).toEqual({ hello_at_most_every: 1, clock });
  });
});

describe('writeRelayConfig', () => {
  it('writes YAML without the keys left out, for the owner alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relay-config-'));
    const file = join(folder, 'relay.yaml');
    try {
      await writeRelayConfig(
        file,
        relayConfigFor(facts, { decisions: { mode: 'observe', approver_identity: undefined } }),
      );
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(parse(await readFile(file, 'utf8'))).toMatchObject({ decisions: { mode: 'observe' } });
      expect(await readFile(file, 'utf8')).not.toContain('approver_identity');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
