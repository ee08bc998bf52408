import { TeleportError, type Log, type Teleport } from '../ports';

/** No request has this id; asking for it shows whether the relay may still ask. */
const PROBE_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Whether Teleport still lets the relay in. A lock on its user, or a role that was taken away, leaves an open stream alone but
 * refuses every call (Teleport, locks), so the relay asks for something regularly. While it is refused, no decision is made.
 */
export class Standing {
  /** What Teleport says, while it refuses the relay. */
  problem: string | undefined;

  constructor(
    private readonly teleport: Pick<Teleport, 'read'>,
    private readonly log: Log,
  ) {}

  /** Asks Teleport. @returns whether the answer differs from the last one. */
  async look(signal: AbortSignal): Promise<boolean> {
    const before = this.problem;
    try {
      await this.teleport.read(PROBE_ID, signal);
      this.problem = undefined;
    } catch (error) {
      // That Teleport cannot be reached says nothing about what the relay may do there.
      if (!(error instanceof TeleportError)) throw error;
      if (error.code === 'permission_denied') this.problem = error.message;
    }
    if ((before === undefined) === (this.problem === undefined)) return false;
    if (this.problem === undefined) this.log.info('Teleport lets the relay in again; decisions go on');
    else this.log.warn('Teleport refuses the relay; decisions are stopped', { reason: this.problem });
    return true;
  }
}
