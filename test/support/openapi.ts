import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { z } from 'zod';
import { JIRA_EXCERPT } from './jira-excerpt';
import { NEWER_PATHS } from './jira-newer';

const schemaSchema = z.looseObject({});
const parameterSchema = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean().default(false),
  schema: schemaSchema.default({}),
});
const contentSchema = z.object({
  'application/json': z.object({ schema: schemaSchema.optional() }).optional(),
});
const operationSchema = z.object({
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.object({ required: z.boolean().default(false), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.optional() })),
  'x-atlassian-oauth2-scopes': z
    .array(z.object({ scopes: z.array(z.string()), state: z.string() }))
    .optional(),
});
type Operation = z.infer<typeof operationSchema>;
const METHODS = ['get', 'post', 'put', 'delete'] as const;
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: z.record(z.string(), schemaSchema) }),
});

/** A recorded call of a REST API. */
export interface RecordedCall {
  method: string;
  /** Path with query, as sent. */
  path: string;
  /** Parsed JSON body; undefined without one. */
  body?: unknown;
}

/** Checks calls and answers against an OpenAPI 3.0 description. */
export class OpenApi {
  private readonly operations = new Map<string, Operation>();
  private readonly templates: { template: string; parts: string[] }[] = [];
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  private readonly compiled = new Map<string, ValidateFunction>();

  /** @param isWhole whether the description is the published one, not an excerpt of it. */
  constructor(
    description: unknown,
    readonly isWhole: boolean,
  ) {
    const document = documentSchema.parse(description);
    this.ajv.addSchema({ components: document.components }, 'openapi', undefined, false);
    const paths = { ...documentSchema.shape.paths.parse(NEWER_PATHS), ...document.paths };
    for (const [template, path] of Object.entries(paths)) {
      this.templates.push({ template, parts: template.split('/') });
      for (const method of METHODS)
        if (path[method] !== undefined)
          this.operations.set(`${method.toUpperCase()} ${template}`, operationSchema.parse(path[method]));
    }
    const fixed = (parts: readonly string[]) => parts.filter((part) => !part.startsWith('{')).length;
    this.templates.sort((a, b) => fixed(b.parts) - fixed(a.parts));
  }

  /** The description's operation, for example `GET /rest/api/3/issue/{issueIdOrKey}`. */
  operation(method: string, template: string): Operation | undefined {
    return this.operations.get(`${method} ${template}`);
  }

  /** What is wrong with a call: operation, query, body. Empty when all is well. */
  requestProblems(call: RecordedCall): string[] {
    const url = new URL(call.path, 'http://site.invalid');
    const template = this.templateOf(call.method, url.pathname);
    const operation = template === undefined ? undefined : this.operation(call.method, template);
    const name = `${call.method} ${template ?? url.pathname}`;
    if (operation === undefined) return [`${name}: no such operation`];
    return [
      ...queryProblems(operation, url.searchParams),
      ...this.bodyProblems(name, operation, call.body),
    ].map((problem) => `${name}: ${problem}`);
  }

  /** What is wrong with an answer. Properties that are null count as absent: Jira sends them where the description has none. */
  responseProblems(method: string, template: string, status: number, body: unknown): string[] {
    const name = `${method} ${template} ${status}`;
    const operation = this.operation(method, template);
    if (operation === undefined) return [`${name}: no such operation`];
    const response = operation.responses[String(status)];
    if (response === undefined) return [`${name}: no such answer`];
    const schema = response.content?.['application/json']?.schema;
    if (schema === undefined) return [];
    if (Object.keys(schema).length > 0 && body === undefined) return [`${name}: no body`];
    return this.schemaProblems(name, schema, withoutNulls(body)).map((problem) => `${name}: ${problem}`);
  }

  private templateOf(method: string, path: string): string | undefined {
    const parts = path.split('/');
    return this.templates.find(
      ({ template, parts: pattern }) =>
        pattern.length === parts.length &&
        this.operations.has(`${method} ${template}`) &&
        pattern.every((part, index) => (part.startsWith('{') ? parts[index] !== '' : part === parts[index])),
    )?.template;
  }

  private bodyProblems(name: string, operation: Operation, body: unknown): string[] {
    const expected = operation.requestBody;
    if (expected === undefined) return body === undefined ? [] : ['takes no body'];
    if (body === undefined) return expected.required ? ['needs a body'] : [];
    const schema = expected.content['application/json']?.schema;
    return schema === undefined ? ['takes no JSON'] : this.schemaProblems(`${name} body`, schema, body);
  }

  private schemaProblems(name: string, schema: Record<string, unknown>, value: unknown): string[] {
    let validate = this.compiled.get(name);
    if (validate === undefined) {
      validate = this.ajv.compile(absolute(schema));
      this.compiled.set(name, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }
}

/** Jira's published description where it lies beside the repository, else the excerpt that is part of it. */
export function loadJiraOpenApi(): OpenApi {
  const root = join(__dirname, '..', '..');
  const folder = process.env['CONFORMANCE_DIR'] ?? join(root, '..', 'shared', 'conformance');
  const file = join(folder, 'jira-platform-openapi.json');
  if (!existsSync(file)) return new OpenApi(JIRA_EXCERPT, false);
  return new OpenApi(JSON.parse(readFileSync(file, 'utf8')), true);
}

function queryProblems(operation: Operation, query: URLSearchParams): string[] {
  const declared = operation.parameters.filter((parameter) => parameter.in === 'query');
  const missing = declared
    .filter(({ name, required }) => required && !query.has(name))
    .map(({ name }) => `query parameter ${name} is missing`);
  const wrong = [...query].flatMap(([name, value]) => {
    const parameter = declared.find((each) => each.name === name);
    if (parameter === undefined) return [`unknown query parameter ${name}`];
    return valueFits(parameter.schema, value) ? [] : [`query parameter ${name} cannot be ${value}`];
  });
  return [...missing, ...wrong];
}

function valueFits(schema: Record<string, unknown>, value: string): boolean {
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return false;
  if (schema['type'] === 'integer') return /^-?\d+$/.test(value);
  if (schema['type'] === 'boolean') return value === 'true' || value === 'false';
  return true;
}

/** References of a part, made to lead into the whole description. */
function absolute(schema: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/');
  return schemaSchema.parse(JSON.parse(text));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([key, each]) => [key, withoutNulls(each)]),
  );
}
