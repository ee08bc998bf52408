import { z } from 'zod';
import { APPROVER_IDENTITIES, type DECISION_MODES, DECISION_SOURCES } from '../../../contract/decision';

/** A span of time in seconds. */
const seconds = (fallback: number) => z.number().positive().max(86_400).default(fallback);

/** Decision modes that this version of the relay carries out. */
export const SUPPORTED_MODES = [
  'observe',
  'set-state',
  'review-as-bot',
] as const satisfies readonly (typeof DECISION_MODES)[number][];

/** Why the remaining mode cannot be chosen; docs/security.md says more. */
const NOT_OFFERED =
  'observe, set-state or review-as-bot; review-as-user is not offered, since the number of the field IsSubmittedByPlugin could not be confirmed from a published API of Teleport';

/** A mode that this version carries out; choosing the remaining one tells why it is not there. */
const supportedMode = z.enum(SUPPORTED_MODES, {
  error: ({ input }) => (input === 'review-as-user' ? NOT_OFFERED : undefined),
});

const HOST_AND_PORT = 'host:port, for example teleport.example.com:3025';
/** `host:port`, an IPv6 host in brackets. */
const hostAndPort = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, HOST_AND_PORT)
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, HOST_AND_PORT);

/** A duration in words that people write: `90m`, `12h`, `2d`. Becomes milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'a duration such as 90m, 12h or 2d')
  .transform((text) => Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]);
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const nameList = z.array(z.string().min(1).max(1024)).max(1000);

/**
 * The relay's configuration: one YAML file, each key of which an environment variable `RELAY_<SECTION>_<KEY>` may replace;
 * secrets may also come from a file that `…_FILE` names. There is no default for what only the Teleport administrator can
 * choose.
 */
export const relayConfig = z
  .strictObject({
    teleport: z.strictObject({
      /** The Auth Service (port 3025) or the cluster's proxy (443 or 3080); the relay finds out which. */
      address: hostAndPort,
      /** Identity file as `tctl auth sign --format=file` and tbot write it, or a directory that tbot writes to. */
      identity_file: z.string().min(1).optional(),
      /** The parts of an identity instead, under the names that the official plugin has for them. */
      client_key: z.string().min(1).optional(),
      client_crt: z.string().min(1).optional(),
      root_cas: z.string().min(1).optional(),
      /** PEM file of CAs that the proxy's web certificate is trusted by, beside the public ones. */
      web_ca_file: z.string().min(1).optional(),
      /** Address of Teleport's web interface, for links in issues; else the one that the cluster names is used. */
      web_url: z
        .url({ protocol: /^https?$/ })
        .max(1024)
        .transform((text) => text.replace(/\/+$/, ''))
        .optional(),
    }),
    jira_app: z.strictObject({
      /** Pairing token of the app's admin page; a secret, so it usually comes from `pairing_token_file`. */
      pairing_token: z.string().min(1),
    }),
    decisions: z
      .strictObject({
        /** What the relay does with decisions made in Jira. */
        mode: supportedMode,
        /** How the relay proves that who decides is not the requester. Needed unless the mode is `observe`. */
        approver_identity: z.enum(APPROVER_IDENTITIES).optional(),
        /** Who Teleport's audit log names: the account id, or the e-mail address when Jira shows it. */
        delegator: z.enum(['account_id', 'email']).default('account_id'),
        /** Where in Jira a decision may be made. */
        accept: z.array(z.enum(DECISION_SOURCES)).min(1).default(['panel', 'card']),
        /** Lets a decision pass although Teleport's thresholds ask for more reviews than it gives. */
        allow_threshold_bypass: z.boolean().default(false),
      })
      .refine((value) => value.mode === 'observe' || value.approver_identity !== undefined, {
        path: ['approver_identity'],
        message: 'trait, email or any: how to prove that nobody approves their own request',
      }),
    /** Bounds on approvals that nothing in Jira can widen. Denials are not bounded. */
    ceiling: z
      .strictObject({
        roles_allow: nameList.default(['*']),
        roles_deny: nameList.default([]),
        resource_kinds_allow: nameList.default(['*']),
        /** Longest access that may be approved, from now to its end. */
        max_access_duration: duration.optional(),
        max_approvals_per_hour: z.int().positive().max(100_000).optional(),
      })
      .prefault({}),
    http: z
      .strictObject({
        /** Health and metrics. Not for the outside. */
        health_address: hostAndPort.default('127.0.0.1:8090'),
        /**
         * Where decisions pushed by the app arrive, behind something that ends TLS. Without it the relay only collects them.
         */
        decisions_address: hostAndPort.optional(),
      })
      .prefault({}),
    push: z
      .strictObject({
        /** Where the Forge platform publishes the keys of its invocation tokens. */
        jwks_url: z
          .url({ protocol: /^https?$/ })
          .max(1024)
          .refine(isHttpsOrLoopback, 'an https URL')
          .default('https://forge.cdn.prod.atlassian-dev.net/.well-known/jwks.json'),
      })
      .prefault({}),
    log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
    timing: z
      .strictObject({
        /** Full list of access requests, although nothing failed. */
        list_every: seconds(600),
        /** A stream without any event is opened anew after this. */
        stream_silent_after: seconds(1800),
        /** How long a stream may take until it confirms that it watches. */
        stream_init_within: seconds(30),
        /** Deadline of one call to Teleport. */
        teleport_call_within: seconds(30),
        keepalive_every: seconds(60),
        keepalive_within: seconds(20),
        /** Deadline of one call to the app; the platform allows it 55 s. */
        app_call_within: seconds(60),
        /** Upper bound on the time between two hellos; the app's hint holds when it is shorter. */
        hello_at_most_every: seconds(15),
        /** First wait after a failure; it grows by 1.7 up to `retry_at_most`. */
        retry_first: seconds(1),
        retry_at_most: seconds(45),
        /** How long past its expiry a pending request is called expired. */
        expiry_grace: seconds(60),
        /** How long a graceful stop may take. */
        stop_within: seconds(15),
        /**
         * A clock that runs `rate` times as fast since `epoch` (Unix milliseconds). For rehearsals against a sandbox whose
         * own clock runs the same way; never for a real cluster.
         */
        clock: z.strictObject({ epoch: z.int().nonnegative(), rate: z.number().min(1).max(1000) }).optional(),
      })
      .prefault({}),
  })
  .readonly();

/** The relay's configuration after all layers, checked. */
export type RelayConfig = z.infer<typeof relayConfig>;

/** Keys that anybody on the way may replace are no keys; plain HTTP is for the sandbox. */
function isHttpsOrLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
