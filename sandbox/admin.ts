import { z } from 'zod';
import type { AdminError, AdminFunctions } from '../contract/admin';
import type { ForgeSandbox } from './forge';

/** The part of the Forge platform that calls resolvers. */
export type ResolverHost = Pick<ForgeSandbox, 'invokeResolver'>;

const ADMIN_PAGE = 'admin';

const clusterView = z.object({ name: z.string(), caFingerprint: z.string() });
const envelope = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: z.custom<AdminError>((error) => typeof error === 'object') }),
]);

/** Those answers of the admin resolver that the set-up reads on. */
const values = {
  createConnection: z.object({ connectionId: z.string(), pairingToken: z.string() }),
  listConnections: z.object({
    connections: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        state: z.string(),
        proposal: clusterView.optional(),
        cluster: clusterView.optional(),
        relay: z.object({ health: z.string(), lastContact: z.string() }).optional(),
      }),
    ),
  }),
  confirmConnection: z.object({ connectionId: z.string() }),
  rotateConnection: z.object({ connectionId: z.string(), pairingToken: z.string() }),
  revokeConnection: z.object({ connectionId: z.string() }),
  choosePush: z.object({ connectionId: z.string().nullable() }),
  getSettings: z.object({ settings: z.unknown(), version: z.number() }),
  saveSettings: z.object({ version: z.number() }),
  getHealth: z.object({
    checks: z.array(
      z.object({ code: z.string(), ok: z.boolean(), text: z.string(), fix: z.string().optional() }),
    ),
  }),
} satisfies Partial<Record<keyof AdminFunctions, z.ZodType>>;
type Answers = { [Name in keyof typeof values]: z.infer<(typeof values)[Name]> };
const schemas: { [Name in keyof Answers]: z.ZodType<Answers[Name]> } = values;

/** The admin resolver refused a call. */
export class AdminRefusal extends Error {
  constructor(
    functionKey: string,
    readonly reason: AdminError,
  ) {
    super(`${functionKey} was refused: ${JSON.stringify(reason)}`);
  }
}

/** The app's admin page without its page: each call is made as the given person, and refused if they may not. */
export class AdminSession {
  constructor(
    private readonly forge: ResolverHost,
    private readonly accountId: string,
  ) {}

  /** @throws AdminRefusal when the app refuses; Error when the answer is none that the contract knows. */
  async call<Name extends keyof Answers>(
    name: Name,
    payload: AdminFunctions[Name]['payload'],
  ): Promise<Answers[Name]> {
    const answer = envelope.parse(await this.forge.invokeResolver(ADMIN_PAGE, this.accountId, name, payload));
    if (!answer.ok) throw new AdminRefusal(name, answer.error);
    return schemas[name].parse(answer.value);
  }
}
