import { sampleHello } from '../../../test/support/sample-messages';
import { activityCodes, connect } from '../../../test/support/fakes/samples';
import { createFakeServices } from '../../../test/support/fakes/services';
import { countOlderRequests, startBackfill } from './backfill';

const hello = sampleHello();
const withOlder = { ...hello, health: { ...hello.health, olderRequests: 12 } };

async function connected() {
  const services = createFakeServices();
  const connectionId = await connect(services, withOlder);
  const trust = await services.connections.readTrust(connectionId);
  if (trust?.state !== 'confirmed') throw new Error('not confirmed');
  await services.connections.writeTrust({ ...trust, mirrorSince: 7_000_000 });
  return { services, connectionId };
}

describe('a backfill', () => {
  it('shows the count first, then lets the relay mirror everything', async () => {
    const { services, connectionId } = await connected();
    expect(await countOlderRequests(services, { connectionId })).toMatchObject({ value: { count: 12 } });
    expect(
      await startBackfill(services, { connectionId, count: 12 }, { accountId: 'admin-1' }),
    ).toMatchObject({
      ok: true,
    });
    expect(await services.connections.readTrust(connectionId)).toMatchObject({ mirrorSince: 0 });
    expect(await activityCodes(services)).toEqual(['backfill']);
  });

  it('of another number than the one that was shown asks again', async () => {
    const { services, connectionId } = await connected();
    expect(await startBackfill(services, { connectionId, count: 3 }, {})).toMatchObject({
      error: { code: 'conflict' },
    });
    expect(await services.connections.readTrust(connectionId)).toMatchObject({ mirrorSince: 7_000_000 });
  });

  it('is not there for a connection that is not', async () => {
    const services = createFakeServices();
    expect(await countOlderRequests(services, { connectionId: 'x' })).toMatchObject({
      error: { code: 'not_found' },
    });
    expect(await startBackfill(services, { connectionId: 'x', count: 0 }, {})).toMatchObject({
      error: { code: 'not_found' },
    });
    expect(await startBackfill(services, { connectionId: 'x' }, {})).toMatchObject({
      error: { code: 'bad_input' },
    });
  });
});
