import full from '@atlaskit/adf-schema/json-schema/v1/full.json';
import Ajv, { type ValidateFunction } from 'ajv';

/** Named a draft that Ajv does not know; nothing in it differs from the one that it takes. */
const schema = { ...full, $schema: undefined };
let compiled: ValidateFunction | undefined;

/** Compiled on first use, since it takes some hundred milliseconds and most tests write no document. */
function validator(): ValidateFunction {
  compiled ??= new Ajv({ strict: false }).compile(schema);
  return compiled;
}

/** What is wrong with a document by Atlassian's own schema; empty when nothing is. */
export function adfProblems(document: unknown): string[] {
  const validate = validator();
  if (validate(document)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
