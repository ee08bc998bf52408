import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/*
 * The part of a Forge manifest that this platform acts on. What it does not model it refuses, so that nobody relies on
 * something that is not there.
 */

const eventName = z.string().startsWith('avi:');
const filter = z.strictObject({
  ignoreSelf: z.boolean().default(false),
  expression: z
    .undefined({ error: 'filter expressions are not modelled; filter in the function' })
    .optional(),
});

const page = z.looseObject({
  key: z.string(),
  title: z.string().optional(),
  resource: z.string(),
  resolver: z.strictObject({ function: z.string() }).optional(),
  /** Of Jira's display conditions only this one is modelled; it hides a module and protects nothing. */
  displayConditions: z
    .strictObject({
      entityPropertyExists: z.strictObject({ entity: z.literal('issue'), propertyKey: z.string() }),
    })
    .optional(),
});

const webTrigger = z.strictObject({
  key: z.string(),
  function: z.string(),
  urlFormat: z.enum(['v1', 'v2']).default('v1'),
  response: z.strictObject({ type: z.literal('dynamic') }),
});

const trigger = z.strictObject({
  key: z.string(),
  function: z.string(),
  events: z.array(eventName).min(1),
  filter: filter.default({ ignoreSelf: false }),
});

const consumer = z.strictObject({
  key: z.string(),
  queue: z
    .string()
    .max(36)
    .regex(/^[a-zA-Z0-9-_]+$/),
  function: z.string(),
});

const scheduledTrigger = z.strictObject({
  key: z.string(),
  function: z.string(),
  interval: z.enum(['fiveMinute', 'hour', 'day', 'week']),
});

const appFunction = z.looseObject({
  key: z.string(),
  handler: z.string().regex(/^[\w-]+\.\w+$/),
  timeoutSeconds: z.int().min(1).max(900).optional(),
});

const projectPermission = z.strictObject({
  key: z.string(),
  name: z.string().min(1).max(255),
  description: z.string().min(1).max(1000),
  category: z.enum([
    'attachments',
    'comments',
    'issues',
    'other',
    'projects',
    'time_tracking',
    'voters_and_watchers',
  ]),
});

const entityIndex = z.union([
  z.string(),
  z.strictObject({
    name: z.string(),
    partition: z.array(z.string()).default([]),
    range: z.array(z.string()).length(1).optional(),
  }),
]);
const entity = z.strictObject({
  name: z.string().regex(/^[a-z0-9:\-_.]{3,60}$/),
  attributes: z.record(
    z.string(),
    z.strictObject({ type: z.enum(['string', 'boolean', 'float', 'integer', 'any']) }),
  ),
  indexes: z.array(entityIndex).max(7).default([]),
});

const modelled = {
  webtrigger: z.array(webTrigger).default([]),
  trigger: z.array(trigger).default([]),
  consumer: z.array(consumer).default([]),
  scheduledTrigger: z.array(scheduledTrigger).max(5).default([]),
  function: z.array(appFunction).default([]),
  /** Jira itself keeps these. */
  'jira:projectPermission': z.array(projectPermission).default([]),
  /** Jira itself indexes these. */
  'jira:entityProperty': z.unknown().optional(),
};

const scopes = z.union([
  z.array(z.string()).transform((list) => list.map((name) => ({ name, impersonation: false }))),
  z
    .record(z.string(), z.looseObject({ allowImpersonation: z.boolean().default(false) }))
    .transform((map) =>
      Object.entries(map).map(([name, entry]) => ({ name, impersonation: entry.allowImpersonation })),
    ),
]);

const manifestSchema = z.looseObject({
  app: z.looseObject({
    id: z.string().regex(/^ari:cloud:ecosystem::app\/[0-9a-f-]{36}$/),
    storage: z.looseObject({ entities: z.array(entity).max(20).default([]) }).optional(),
  }),
  modules: z.looseObject(modelled).transform(({ ...modules }, context) => ({
    webtrigger: modules.webtrigger,
    trigger: modules.trigger,
    consumer: modules.consumer,
    scheduledTrigger: modules.scheduledTrigger,
    function: modules.function,
    projectPermissions: modules['jira:projectPermission'],
    pages: pagesOf(modules, context),
  })),
  resources: z.array(z.looseObject({ key: z.string(), path: z.string() })).default([]),
  remotes: z
    .array(
      z.looseObject({
        key: z.string(),
        baseUrl: z.string().optional(),
        operations: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  permissions: z.looseObject({
    scopes,
    content: z.looseObject({ styles: z.array(z.string()).default([]) }).optional(),
    external: z
      .looseObject({
        fetch: z
          .looseObject({
            backend: z
              .array(
                z.union([
                  z.looseObject({ remote: z.string() }),
                  z.looseObject({ address: z.string() }),
                  z.string().transform((address) => ({ address })),
                ]),
              )
              .default([]),
          })
          .optional(),
      })
      .optional(),
  }),
});

/** A page: any module that shows a resource. */
export type PageModule = z.infer<typeof page> & { type: string };

/** A manifest, checked, with its variables filled in. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The name of an index, its partition attributes and its range attribute. */
export type EntityDefinition = z.infer<typeof entity>;

const variables = z.looseObject({
  environment: z
    .looseObject({
      variables: z.array(z.looseObject({ key: z.string(), default: z.string().optional() })).default([]),
    })
    .optional(),
});

/**
 * Reads a manifest and fills in `${NAME}` from the environment or the manifest's own defaults, as the Forge CLI does.
 * @throws Error when it is malformed, refers to something that is not there, or uses what this platform does not model.
 */
export function readManifest(file: string, environment: Readonly<Record<string, string>> = {}): Manifest {
  const raw: unknown = parse(readFileSync(file, 'utf8'));
  const declared = variables.parse(raw).environment?.variables ?? [];
  const values = new Map(declared.map(({ key, default: fallback }) => [key, environment[key] ?? fallback]));
  const parsed = manifestSchema.safeParse(substitute(raw, values));
  if (!parsed.success)
    throw new Error(`${file} is not a manifest that can run here:\n${z.prettifyError(parsed.error)}`);
  checkReferences(parsed.data);
  return parsed.data;
}

function substitute(value: unknown, values: ReadonlyMap<string, string | undefined>): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
      const found = values.get(name);
      if (found === undefined)
        throw new Error(`The manifest's variable ${name} has no value and no default.`);
      return found;
    });
  if (Array.isArray(value)) return value.map((item) => substitute(item, values));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, values)]));
  return value;
}

function pagesOf(modules: Readonly<Record<string, unknown>>, context: z.RefinementCtx): PageModule[] {
  return Object.entries(modules).flatMap(([type, entries]) => {
    if (type in modelled) return [];
    const pages = z.array(page).safeParse(entries);
    if (pages.success) return pages.data.map((entry) => ({ ...entry, type }));
    context.addIssue(`the module type ${type} is not modelled`);
    return [];
  });
}

function checkReferences({ modules, resources, remotes, permissions }: Manifest): void {
  const functions = new Set(modules.function.map(({ key }) => key));
  const resourceKeys = new Set(resources.map(({ key }) => key));
  const remoteKeys = new Set(remotes.map(({ key }) => key));
  const used = [
    ...modules.webtrigger,
    ...modules.trigger,
    ...modules.consumer,
    ...modules.scheduledTrigger,
  ].map((entry) => entry.function);
  const resolvers = modules.pages.flatMap(({ resolver }) => (resolver ? [resolver.function] : []));
  const problems = [
    ...[...used, ...resolvers]
      .filter((key) => !functions.has(key))
      .map((key) => `function ${key} is not declared`),
    ...modules.pages
      .filter(({ resource }) => !resourceKeys.has(resource))
      .map(({ resource }) => `resource ${resource} is not declared`),
    ...(permissions.external?.fetch?.backend ?? []).flatMap((entry) =>
      'remote' in entry && typeof entry.remote === 'string' && !remoteKeys.has(entry.remote)
        ? [`remote ${entry.remote} is not declared`]
        : [],
    ),
    ...timeoutProblems(modules),
  ];
  if (problems.length > 0) throw new Error(`The manifest cannot be deployed: ${problems.join('; ')}.`);
}

/** Only functions of consumers and scheduled triggers may have a timeout of their own (Forge lint). */
function timeoutProblems(modules: Manifest['modules']): string[] {
  const long = new Set([...modules.consumer, ...modules.scheduledTrigger].map((entry) => entry.function));
  return modules.function
    .filter(({ key, timeoutSeconds }) => timeoutSeconds !== undefined && !long.has(key))
    .map(({ key }) => `function ${key} may not have a timeout of its own`);
}
