import type { Log, LogFacts, Metrics } from '../../../relay/src/ports';

/** A log that keeps its lines. */
export class RecordingLog implements Log {
  readonly lines: { level: string; message: string; facts: LogFacts }[] = [];

  debug = this.keep('debug');
  info = this.keep('info');
  warn = this.keep('warn');
  error = this.keep('error');

  private keep(level: string): (message: string, facts?: LogFacts) => void {
    return (message, facts = {}) => this.lines.push({ level, message, facts });
  }
}

/** Metrics that count calls by name and first label. */
export class RecordingMetrics implements Metrics {
  readonly counts = new Map<string, number>();
  readonly lastQueue = { depth: 0, oldestAgeSeconds: 0 };

  eventReceived(type: string): void {
    this.count(`event ${type}`);
  }
  streamRestarted(): void {
    this.count('restart');
  }
  listed(): void {
    this.count('list');
  }
  delivered(result: string): void {
    this.count(`delivered ${result}`);
  }
  decided(verdict: string, outcome: string): void {
    this.count(`decided ${verdict} ${outcome}`);
  }
  queue(depth: number, oldestAgeSeconds: number): void {
    Object.assign(this.lastQueue, { depth, oldestAgeSeconds });
  }

  private count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
