import { decodePairingToken } from '../../contract/pairing-token';
import { random } from '../../sandbox/jira/random';
import { rotateConnection } from '../../src/usecases/admin/connections';
import { getSettings, saveSettings } from '../../src/usecases/admin/settings';
import type { Account } from './actions';
import type { ModelWorld } from './model-world';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const OPENS = 8;
const CLOSES = 18;
const REQUESTS_AN_HOUR = 50;
const REQUESTS_AN_HOUR_AT_WEEKENDS = 4;
const SWEEP_EVERY = 5 * MINUTE;
const CERTIFICATE_FOR = 24 * HOUR;
const ADMINISTRATOR = { accountId: 'administrator' };

/** What is there at the end of a day. */
export interface DayReport {
  requests: number;
  /** Requests that the relay remembers. */
  remembered: number;
  /** Values in the app's store. */
  values: number;
  /** Lines that relay and app logged on this day. */
  logLines: number;
}

type Task = () => unknown;

/** A company that asks for access all day, in a world where something breaks every few hours. */
export class BusyCompany {
  readonly days: DayReport[] = [];
  /** How many requests went which way. */
  readonly ways: Record<string, number> = {};
  private readonly next: () => number;
  private readonly agenda = new Map<number, Task[]>();
  /** Seconds since the beginning. */
  private time = 0;

  constructor(
    private readonly world: ModelWorld,
    seed: number,
  ) {
    this.next = random(seed);
  }

  /** Works for so many days, from midnight to midnight. */
  async work(days: number): Promise<void> {
    for (let day = 0; day < days; day += 1) {
      const begin = day * DAY;
      this.planRequests(begin, day % 7 < 5);
      this.planCare(begin, day);
      this.planTrouble(begin);
      const logged = this.logLines();
      await this.liveUntil(begin + DAY);
      const { world } = this;
      this.days.push({
        requests: world.truth.size,
        remembered: Math.max(...world.relays.map((relay) => relay.remembered)),
        values: world.services.kvs.keys().length,
        logLines: this.logLines() - logged,
      });
    }
  }

  private logLines(): number {
    const { services, relays } = this.world;
    return services.logged.length + relays.reduce((sum, { log }) => sum + log.lines.length, 0);
  }

  private at(seconds: number, task: Task): void {
    const second = Math.floor(seconds);
    this.agenda.set(second, [...(this.agenda.get(second) ?? []), task]);
  }

  /** Does what the agenda says, each at its time, also what is added meanwhile. */
  private async liveUntil(end: number): Promise<void> {
    for (;;) {
      let due = end;
      for (const second of this.agenda.keys()) if (second < due) due = second;
      await this.world.pass(Math.max(0, due - this.time));
      this.time = Math.max(this.time, due);
      if (due === end) return;
      const tasks = this.agenda.get(due) ?? [];
      this.agenda.delete(due);
      for (const task of tasks) await task();
    }
  }

  private planRequests(begin: number, isWorkday: boolean): void {
    for (let hour = OPENS; hour < CLOSES; hour += 1) {
      const count = isWorkday ? REQUESTS_AN_HOUR : REQUESTS_AN_HOUR_AT_WEEKENDS;
      for (let index = 0; index < count; index += 1)
        this.at(begin + hour * HOUR + this.next() * HOUR, () => this.ask());
    }
  }

  /** Somebody asks, and some minutes later somebody else does something about it, or nobody does. */
  private ask(): void {
    const { world } = this;
    const id = world.ask(this.next() < 0.5 ? 'alice' : 'dave', 120);
    const later = this.time + MINUTE + this.next() * 30 * MINUTE;
    const verdict = this.next() < 0.8;
    const state = verdict ? 'APPROVED' : 'DENIED';
    const approver: Account = this.next() < 0.5 ? 'approver' : 'member';
    const choice = this.next();
    const way = (name: string, seconds: number, task: Task): void => {
      this.ways[name] = (this.ways[name] ?? 0) + 1;
      this.at(seconds, task);
    };
    const onIssue = (act: (issueId: string) => unknown) => async (): Promise<void> => {
      const issueId = await world.issueOf(id);
      if (issueId !== undefined) await act(issueId);
    };
    if (choice < 0.35) {
      way('review in Teleport', later, () => world.review(id, state));
      return;
    }
    if (choice < 0.4) {
      way('tctl', later, () => world.setState(id, state));
      return;
    }
    if (choice < 0.43) {
      way('removed', later, () => world.remove(id));
      return;
    }
    const place = verdict ? 'approved' : 'denied';
    const event = this.next() < 0.9 ? 'once' : 'lost';
    if (choice < 0.7) {
      way(
        'card',
        later,
        onIssue((issue) => world.move(issue, place, approver, event)),
      );
      return;
    }
    const button = onIssue((issue) => world.press(issue, verdict ? 'approve' : 'deny', approver));
    if (choice < 0.88) {
      way('button', later, button);
      return;
    }
    if (choice < 0.93) {
      way(
        'refused card',
        later,
        onIssue((issue) => world.move(issue, place, 'outsider', event)),
      );
      return;
    }
    way('nobody answers', later, () => undefined);
  }

  /** What administrators and schedules do. */
  private planCare(begin: number, day: number): void {
    const { world } = this;
    for (let second = 0; second < DAY; second += SWEEP_EVERY)
      this.at(begin + second, () => world.sweep(false));
    this.at(begin + 4 * HOUR, () => world.sweep(true));
    for (const hour of [6, 18]) this.at(begin + hour * HOUR, () => this.renewCertificate());
    // An update of the relay at night.
    this.at(begin + 3 * HOUR, () => this.restart('stop'));
    this.at(begin + 9 * HOUR, () => this.editSettings(day));
    if (day % 3 === 2) this.at(begin + 10 * HOUR, () => this.rotateKey());
    // A second relay for a day, as while somebody moves it to another machine.
    if (day % 7 === 3) {
      this.at(begin + 11 * HOUR, () => world.relays[1]?.start());
      this.at(begin + 15 * HOUR, () => world.relays[1]?.kill());
    }
  }

  private planTrouble(begin: number): void {
    const { world } = this;
    const sometime = (): number => begin + (OPENS + this.next() * (CLOSES - OPENS)) * HOUR;
    const crash = sometime();
    this.at(crash, () => world.relays[0]?.kill());
    this.at(crash + 2 * MINUTE, () => world.relays[0]?.start());
    for (let times = 0; times < 3; times += 1) {
      const afterEffects = Math.floor(this.next() * 8);
      this.at(sometime(), () => world.services.effects.killAfter(afterEffects));
    }
    this.at(sometime(), () => world.act({ do: 'Jira fails', call: 'create', how: 'after' }));
    this.at(sometime(), () => world.act({ do: 'Jira fails', call: 'transition', how: 'rate limited' }));
    this.at(sometime(), () => world.act({ do: 'calls fail', how: 'answer lost', calls: 3 }));
    this.at(sometime(), () => world.act({ do: 'Teleport fails', calls: 20 }));
    this.at(sometime(), () => world.act({ do: 'stream hides events', events: 3 }));
    this.at(sometime(), () => world.act({ do: 'stream ends' }));
  }

  private async restart(how: 'stop' | 'kill'): Promise<void> {
    const [relay] = this.world.relays;
    relay?.[how]();
    await this.world.pass(1);
    relay?.start();
  }

  private renewCertificate(): void {
    const { teleport, timeline } = this.world;
    const now = timeline.now();
    teleport.identityFacts = {
      ...teleport.identityFacts,
      expiresAt: new Date(now + CERTIFICATE_FOR * 1000),
      warnFrom: new Date(now + (CERTIFICATE_FOR - 2 * HOUR) * 1000),
    };
    // The running connection is replaced.
    teleport.endStreams();
  }

  /** An administrator does something, and again when the platform ended it. */
  private async insist<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      const invoked = await this.world.app.invoke(act);
      if (invoked.ended === 'well') return invoked.value;
    }
  }

  private async editSettings(day: number): Promise<void> {
    await this.insist(() => this.saveMinutes(15 + (day % 2) * 15));
  }

  private async saveMinutes(approveWithinMinutes: number): Promise<void> {
    const { services } = this.world;
    const known = await getSettings(services);
    if (!known.ok || known.value.settings === null) throw new Error('there are no settings');
    const settings = { ...known.value.settings, approveWithinMinutes };
    const saved = await saveSettings(services, { settings, version: known.value.version }, ADMINISTRATOR);
    if (!saved.ok) throw new Error(`the settings could not be saved: ${saved.error.code}`);
  }

  private async rotateKey(): Promise<void> {
    const { services, connectionId, relays } = this.world;
    const rotated = await this.insist(() => rotateConnection(services, { connectionId }, ADMINISTRATOR));
    if (!rotated.ok) throw new Error(`the key could not be rotated: ${rotated.error.code}`);
    const token = decodePairingToken(rotated.value.pairingToken);
    if (!token.ok) throw new Error(token.reason);
    for (const relay of relays) relay.pair(token.pairing);
    await this.restart('stop');
  }
}
