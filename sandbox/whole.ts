import type { Command } from './cli';
import { describeSandbox, linksOf } from './describe';
import { startLanding } from './landing';
import { choosePorts } from './ports';
import { startSandbox } from './start';

/** A started program: what to print, and how to end it. */
export interface Running {
  /** For programs: one line of JSON. */
  description: object;
  /** For people. */
  words: string;
  stop(): Promise<void>;
}

type Run = Extract<Command, { kind: 'run' }>;

/** Starts everything with the landing page. Reports on standard error when the relay ends by itself. */
export async function runWhole({ portBase, poll }: Pick<Run, 'portBase' | 'poll'>): Promise<Running> {
  const ports = await choosePorts(portBase);
  const sandbox = await startSandbox({ ports, push: !poll, jira: { otherKinds: true } });
  sandbox.relay.onUnexpectedEnd(({ code, signal }) => {
    const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
    console.error(`The relay ended ${how}. Its last words:\n${sandbox.relay.tail()}`);
  });
  const links = linksOf(sandbox);
  const landing = await startLanding(sandbox, links, ports.web).catch(async (error: unknown) => {
    await sandbox.stop();
    throw error;
  });
  return {
    description: describeSandbox(sandbox, landing.url),
    words: `Teleport access requests on a Jira board: everything runs on this machine.

  Start here       ${landing.url}
  Teleport         ${links.console}
  Jira board       ${links.board}
  App settings     ${links.admin}

Try it:
  1. In Teleport, as alice, request the role “editor”. A card appears under Pending.
  2. Open the card and, acting as Bob, press Approve; or drag the card to Approved on the board.
  3. In Teleport, the request is approved, and the audit log says on whose behalf.

Ctrl-C ends everything and removes its files.`,
    stop: async () => {
      await landing.close();
      await sandbox.stop();
    },
  };
}
