import { z } from 'zod';
import type { Json } from './model';

const json = z.json();

/** Parses JSON; undefined for text that is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return json.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
