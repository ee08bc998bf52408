import type { z } from 'zod';
import type { Decision } from '../../contract/decision';
import { decideAnswer, MAX_PUSH_ANSWER_BYTES, pingAnswer, PUSH_PATHS } from '../../contract/push';
import type { ApplyItem } from '../../contract/relay-inbox';
import { signRequest, verifyAnswer, type ConnectionKey, type IncomingHeaders } from '../../contract/signing';
import { CONTRACT_VERSION } from '../../contract/version';
import { liveKeys, type ConnectionTrust } from '../domain/connection';
import { applyRequest } from './apply-request';
import type { PushChoice, Services } from './ports';

/** The relay that has an address, as the platform reaches it; throws when there is no answer at all. */
export interface RemoteRelay {
  post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<{ status: number; headers: IncomingHeaders; body: string }>;
}

/** What became of pushing. Whatever was not delivered is collected by the relay itself. */
export type PushResult =
  | { kind: 'done'; item: ApplyItem }
  /** This connection gets no push, or none for a while after it failed. */
  | { kind: 'not_sent' }
  | { kind: 'not_delivered' };

/** After a failure nothing is pushed for so long, in milliseconds: nobody shall wait for it again and again. */
const QUIET_AFTER_FAILURE_MS = 60_000;
/** No Jira write is begun later than this after an outcome came in, in milliseconds. */
const WRITE_BUDGET_MS = 8000;

type Confirmed = ConnectionTrust & { state: 'confirmed' };

/**
 * Carries a decision to the relay at once, where its connection is the one that was chosen for push and push was proved to
 * work by a signed ping that names the connection. Only an answer with a right signature counts.
 */
export async function pushDecision(
  services: Services,
  relay: RemoteRelay,
  decision: Decision,
): Promise<PushResult> {
  const choice = await choiceFor(services, decision.connectionId);
  if (choice === undefined) return { kind: 'not_sent' };
  const trust = await services.connections.readTrust(decision.connectionId);
  if (trust?.state !== 'confirmed' || trust.cluster.name !== decision.cluster) return { kind: 'not_sent' };
  if (choice.provedAt === undefined && !(await prove(services, relay, trust)))
    return { kind: 'not_delivered' };
  const message = { v: CONTRACT_VERSION, op: 'decide', decision } as const;
  const answer = await ask(services, relay, trust, PUSH_PATHS.decide, message, decideAnswer);
  if (answer === undefined) {
    await note(services, trust, false);
    return { kind: 'not_delivered' };
  }
  if (answer.result === 'not_delivered' || !isAbout(answer.item, decision)) return { kind: 'not_delivered' };
  return { kind: 'done', item: answer.item };
}

/** The choice of push when it is this connection's, and push is not left alone for a while after a failure. */
export async function choiceFor(services: Services, connectionId: string): Promise<PushChoice | undefined> {
  const choice = await services.connections.readPush();
  const isQuiet = services.now() - (choice?.failedAt ?? -Infinity) < QUIET_AFTER_FAILURE_MS;
  return choice?.connectionId === connectionId && !isQuiet ? choice : undefined;
}

/** Finds out whether the connection that was chosen for push can be reached, and remembers it. */
export async function provePush(services: Services, relay: RemoteRelay): Promise<boolean> {
  const choice = await services.connections.readPush();
  const trust = choice && (await services.connections.readTrust(choice.connectionId));
  return trust?.state === 'confirmed' && prove(services, relay, trust);
}

async function prove(services: Services, relay: RemoteRelay, trust: Confirmed): Promise<boolean> {
  const message = { v: CONTRACT_VERSION, op: 'ping' } as const;
  const answer = await ask(services, relay, trust, PUSH_PATHS.ping, message, pingAnswer);
  const isOurs = answer?.connectionId === trust.id;
  await note(services, trust, isOurs);
  return isOurs;
}

/** Remembers how it went, unless another connection was chosen meanwhile. */
async function note(services: Services, trust: Confirmed, works: boolean): Promise<void> {
  const choice = await services.connections.readPush();
  if (choice?.connectionId !== trust.id) return;
  const next: PushChoice = works
    ? { provedAt: services.now(), connectionId: trust.id }
    : {
        connectionId: trust.id,
        failedAt: services.now(),
      };
  await services.connections.writePush(next);
  if (works || choice.provedAt === undefined) return;
  const text = 'The relay could not be reached at its address; it collects decisions until it can.';
  await services.activity.add({
    ...{ kind: 'failure', code: 'push_failed', text },
    cluster: trust.cluster.name,
  });
}

/** One signed call. @returns the answer when it came, is signed by this very relay for this very call, and is understood. */
async function ask<T>(
  services: Services,
  relay: RemoteRelay,
  trust: Confirmed,
  path: string,
  message: object,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const [first, ...others] = liveKeys(trust.keys, services.now());
  if (first === undefined) return undefined;
  const keys: [ConnectionKey, ...ConnectionKey[]] = [first, ...others];
  const body = JSON.stringify(message);
  const headers = signRequest({
    role: 'app-to-relay',
    id: { connectionId: trust.id, keyId: first.keyId, uuid: services.newId() },
    ...{ keys, body, now: services.now() / 1000 },
  });
  const warn = (problem: string, status = 0): void => {
    services.log.warn('a relay was called without success', { problem, status, path });
  };
  let reply: Awaited<ReturnType<RemoteRelay['post']>>;
  try {
    reply = await relay.post(path, headers, body);
  } catch (error) {
    warn(error instanceof Error ? error.name : 'no answer');
    return undefined;
  }
  const verified = verifyAnswer({
    ...{ role: 'app-to-relay-answer', requestId: headers['webhook-id'], headers: reply.headers },
    ...{ status: reply.status, body: reply.body, keys },
    ...{ maxBodyBytes: MAX_PUSH_ANSWER_BYTES, now: services.now() / 1000 },
  });
  const parsed = schema.safeParse(parseJson(reply.body));
  if (verified.ok && reply.status === 200 && parsed.success) return parsed.data;
  if (!verified.ok) warn(verified.problem, reply.status);
  else warn(reply.status === 200 ? 'not understood' : 'refused', reply.status);
  return undefined;
}

function isAbout(item: ApplyItem, decision: Decision): boolean {
  return (
    item.requestId === decision.requestId &&
    (item.snapshot === undefined || item.snapshot.cluster === decision.cluster) &&
    item.outcome?.decisionId === decision.id
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Pushes a decision that is stored and lent. What was not delivered is there to be collected at once; an outcome is shown and
 * applied right away. The relay tells both again by itself, so nothing depends on this call coming to its end.
 */
export async function deliverNow(
  services: Services,
  relay: RemoteRelay,
  decision: Decision,
): Promise<'done' | 'waits'> {
  const { cluster, requestId } = decision;
  const pushed = await pushDecision(services, relay, decision);
  if (pushed.kind !== 'done') {
    const live = await services.decisions.read(cluster, requestId);
    if (live?.decision.id === decision.id)
      await services.decisions.write({ ...live, lentUntil: services.now() });
    return 'waits';
  }
  const { item } = pushed;
  if (item.outcome !== undefined) {
    await services.decisions.writeSettled(cluster, requestId, {
      decisionId: decision.id,
      verdict: decision.verdict,
      accountId: decision.actor.accountId,
      at: Date.parse(item.outcome.at),
      outcome: item.outcome.outcome,
    });
  }
  await applyNow(services, decision, item);
  return 'done';
}

async function applyNow(services: Services, decision: Decision, item: ApplyItem): Promise<void> {
  const startedAt = services.now();
  const trust = await services.connections.readTrust(decision.connectionId);
  if (trust?.state !== 'confirmed') return;
  try {
    await applyRequest(
      services,
      {
        stored: await services.settings.read(),
        cluster: decision.cluster,
        mirrorSince: trust.mirrorSince,
        deadline: { isOver: () => services.now() - startedAt > WRITE_BUDGET_MS },
      },
      item,
    );
  } catch (error) {
    // The relay tells the same by its own call, which is tried until it succeeds.
    services.log.warn('an outcome could not be applied at once', {
      error: error instanceof Error ? error.name : 'unknown error',
    });
  }
}
