import pino, { type DestinationStream } from 'pino';
import type { RelayConfig } from './config/schema';
import { oneLine } from './errors';
import type { Log, LogFacts } from './ports';

const MAX_MESSAGE = 500;
const MAX_FACT = 500;
/** A pairing token, wherever it may turn up. */
const TOKEN = /tpj1_[A-Za-z0-9_-]*/g;
/** Facts with such names are never written. */
const SECRET_NAME = /token|secret|password|authorization|cookie|private_?key|signature/i;
const HIDDEN = '[hidden]';

/**
 * A log of JSON lines: time, level, message and facts. Facts are single values; what is named like a secret or looks like a
 * pairing token is hidden, line breaks and control characters are taken out, and long texts are cut.
 */
export function createLog(
  level: RelayConfig['log']['level'],
  destination: DestinationStream = pino.destination(1),
): Log {
  const logger = pino(
    {
      level,
      base: {},
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const write =
    (at: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, facts: LogFacts = {}): void =>
      logger[at](cleanFacts(facts), cleanText(message, MAX_MESSAGE));
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** Names that the line itself uses; a fact of the same name would make it ambiguous. */
const RESERVED = new Set(['time', 'level', 'message']);

function cleanFacts(facts: LogFacts): Record<string, string | number | boolean> {
  const clean: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    const key = RESERVED.has(name) ? `${name}_` : name;
    if (SECRET_NAME.test(name)) clean[key] = HIDDEN;
    else clean[key] = typeof value === 'string' ? cleanText(value, MAX_FACT) : value;
  }
  return clean;
}

function cleanText(text: string, maxLength: number): string {
  return oneLine(text.replace(TOKEN, HIDDEN), maxLength);
}
