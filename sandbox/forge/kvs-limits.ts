import type { Clock } from '../clock';
import { RateWindow } from './limits';
import type { ForgeFaults } from './types';

/*
 * What the key-value store refuses (Forge, limits of KVS and custom entity store; error codes of its error handling page). Codes
 * for transactions, batches and TTL are not documented: VALIDATION_ERROR stands for them.
 */

const MAX_KEY_LENGTH = 500;
const KEY_PATTERN = /^(?!\s+$)[a-zA-Z0-9:._\s\-#]+$/;
const MAX_VALUE_BYTES = 240 * 1024;
const MAX_DEPTH = 31;
const UNIT_BYTES = 10_000;
const REQUESTS_PER_SECOND = 1_000;
const UNITS_PER_MINUTE = 4_000;
const WRITE_BYTES_PER_KEY_AND_SECOND = 1_000_000;
const READ_BYTES_PER_KEY_AND_SECOND = 12_000_000;

/** A refusal as the store answers it. */
export interface KvsRefusal {
  status: number;
  code: string;
  message: string;
}

/** Thrown inside the store and answered as `{code, message}`. */
export class KvsError extends Error {
  constructor(readonly refusal: KvsRefusal) {
    super(refusal.message);
  }
}

/** A refusal of a request that is wrong in itself. */
export function invalid(code: string, message: string): KvsError {
  return new KvsError({ status: 400, code, message });
}

/** @throws KvsError when the key is none. */
export function checkKey(key: string): void {
  if (key.length === 0) throw invalid('KEY_TOO_SHORT', 'The key must not be empty.');
  if (key.length > MAX_KEY_LENGTH)
    throw invalid('KEY_TOO_LONG', `The key is longer than ${MAX_KEY_LENGTH} characters.`);
  if (!KEY_PATTERN.test(key)) throw invalid('INVALID_KEY', `The key does not match ${KEY_PATTERN.source}.`);
}

/**
 * @returns the value as JSON text.
 * @throws KvsError when it is absent, too big or too deep.
 */
export function checkValue(value: unknown): string {
  if (value === undefined || value === null) throw invalid('INVALID_VALUE', 'A value is missing.');
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_VALUE_BYTES)
    throw invalid('MAX_SIZE', 'The value is bigger than 240 KiB.');
  if (depthOf(value) > MAX_DEPTH)
    throw invalid('MAX_DEPTH', `The value is nested deeper than ${MAX_DEPTH} levels.`);
  return text;
}

/** A primitive has depth 0, an object of primitives 1. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const depths = Object.values(value).map((item: unknown) => depthOf(item));
  return 1 + Math.max(0, ...depths);
}

/** Units of so many bytes: each started 10 KB, and one for nothing at all. */
export function unitsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / UNIT_BYTES));
}

/** The rates of one installation. */
export class KvsRates {
  private readonly requests = new RateWindow(REQUESTS_PER_SECOND, 1_000);
  private readonly readUnits = new RateWindow(UNITS_PER_MINUTE, 60_000);
  private readonly writeUnits = new RateWindow(UNITS_PER_MINUTE, 60_000);
  private readonly keyReads = new KeyRates(READ_BYTES_PER_KEY_AND_SECOND);
  private readonly keyWrites = new KeyRates(WRITE_BYTES_PER_KEY_AND_SECOND);

  constructor(
    private readonly clock: Clock,
    private readonly faults: Pick<ForgeFaults['kvs'], 'unlimited'>,
  ) {}

  /** @throws KvsError with 429. */
  takeRequest(): void {
    if (!this.faults.unlimited && !this.requests.take(this.clock.now())) throw tooMany('requests a second');
  }

  /** @throws KvsError with 429. */
  takeReads(units: number): void {
    if (!this.faults.unlimited && !this.readUnits.take(this.clock.now(), units))
      throw tooMany('read units a minute');
  }

  /** @throws KvsError with 429. */
  takeWrites(units: number): void {
    if (!this.faults.unlimited && !this.writeUnits.take(this.clock.now(), units))
      throw tooMany('write units a minute');
  }

  /** @throws KvsError with 429. */
  takeKeyRead(key: string, bytes: number): void {
    if (!this.faults.unlimited && !this.keyReads.take(this.clock.now(), key, bytes))
      throw tooMany('bytes read of one key a second');
  }

  /** @throws KvsError with 429. */
  takeKeyWrite(key: string, bytes: number): void {
    if (!this.faults.unlimited && !this.keyWrites.take(this.clock.now(), key, bytes))
      throw tooMany('bytes written to one key a second');
  }
}

/** Bytes by key within the current second. */
class KeyRates {
  private second = -1;
  private readonly used = new Map<string, number>();

  constructor(private readonly limit: number) {}

  take(now: number, key: string, bytes: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.used.clear();
    }
    const total = (this.used.get(key) ?? 0) + bytes;
    if (total > this.limit) return false;
    this.used.set(key, total);
    return true;
  }
}

/** The store's answer when a rate is used up. */
export function tooMany(what: string): KvsError {
  return new KvsError({ status: 429, code: 'RATE_LIMIT_EXCEEDED', message: `Too many ${what}.` });
}
