import { AccessRequestV3 } from '../../relay/src/teleport/gen/types';
import { memberOf, type World } from '../../test/support/world';

/** How keys of the counts of new issues begin. */
const CREATIONS = 'creation-pace:';
const SPEC = {
  User: 'alice',
  Roles: ['editor'],
  RequestReason: 'a release of the shop, as agreed on Monday',
};

/** Creates so many requests in one instant. @returns their ids. */
export function askAtOnce({ sandbox }: World, count: number): string[] {
  const message = AccessRequestV3.fromPartial({ Kind: 'access_request', Version: 'v3', Spec: SPEC });
  return Array.from({ length: count }, () => {
    const created = sandbox.teleport.cluster.create('alice', message);
    return created.Metadata?.Name ?? '';
  });
}

/** Whether the app has finished what it had to do for a request. */
export function isInStep(world: World, requestId: string): boolean {
  const digest = memberOf(world.linkOf(requestId), 'syncDigest');
  return memberOf(world.linkOf(requestId), 'phase') === 'linked' && digest !== '';
}

/** Issues beyond one for each request. */
export function doubles({ sandbox }: World): number {
  const named = [...sandbox.jira.store.issues.values()]
    .map((issue) => memberOf(issue.properties.get('teleport-access')?.value, 'requestId'))
    .filter((id) => id !== undefined);
  return named.length - new Set(named).size;
}

/** Begins a new hour for the cap of new issues, which thousands of requests within minutes would reach. */
export function forgetCreations({ sandbox }: World): void {
  const { kvs } = sandbox.forge;
  for (const { key } of kvs.dump(CREATIONS)) kvs.remove(key);
  sandbox.forge.reloadApp();
}

/** The status of the issue that the app has linked with a request. */
export function statusOf(world: World, requestId: string): string | undefined {
  const issueId = memberOf(memberOf(world.linkOf(requestId), 'issue'), 'id');
  return world.sandbox.jira.store.issues.get(String(issueId))?.statusId;
}
