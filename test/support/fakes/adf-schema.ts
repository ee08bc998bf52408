import full from '@atlaskit/adf-schema/json-schema/v1/full.json';
import Ajv from 'ajv';

/** Named a draft that Ajv does not know; nothing in it differs from the one that it takes. */
const schema = { ...full, $schema: undefined };
const validate = new Ajv({ strict: false }).compile(schema);

/** What is wrong with a document by Atlassian's own schema; empty when nothing is. */
export function adfProblems(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
