import type { RelayConfig } from '../config/schema';
import { oneLine } from '../errors';
import { TeleportError, type ClusterFacts } from '../ports';
import type { TeleportClient } from '../teleport/client';
import {
  probeIdentity,
  probePermissions,
  probeWay,
  type IdentityProbe,
  type Permission,
  type PermissionProbe,
  type ProbeOptions,
  type WayProbe,
} from '../teleport/probes';
import type { Problem } from '../teleport/problems';
import { compareClocks } from './clocks';
import { failed, ok, unknown, warning, type CheckName, type Finding } from './finding';
import { describeNeed } from './role-yaml';

/** What Teleport's side is checked with. */
export interface TeleportCheckOptions {
  decisions: RelayConfig['decisions'];
  probe: ProbeOptions;
  /** A client of its own, so that nothing of a running relay is disturbed. */
  connect: () => TeleportClient;
  /** Whether rights to change are tried too: by a call for a random id, which finds nothing to change. */
  triesChanges: boolean;
}

/** The oldest version that the relay is made for. */
const OLDEST_MAJOR = 17;
/** A server's certificate should have this share of its life left; of long ones a week is enough, in milliseconds. */
const LEAST_SHARE = 0.1;
const LEAST_MS = 7 * 86_400_000;
const NOT_REACHED = 'not looked at, since Teleport was not reached';

/** Checks identity, way in, cluster, rights and decision mode. Nothing is changed. */
export async function checkTeleport(options: TeleportCheckOptions, signal: AbortSignal): Promise<Finding[]> {
  const identity = probeIdentity(options.probe);
  const askedAt = Date.now();
  const way = await probeWay(options.probe, signal);
  const answeredAt = Date.now();
  const findings = [checkIdentity(identity, options.probe.now), ...checkWay(way, askedAt, answeredAt)];
  if (!way.ok || !identity.ok) return [...findings, ...notReached(options)];
  const teleport = options.connect();
  try {
    const facts = await teleport.ping(signal);
    const permissions = await probePermissions(teleport, neededPermissions(options), signal);
    return [
      ...findings,
      checkCluster(facts, identity),
      checkServer(facts),
      ...permissions.map(checkPermission),
      checkMode(options, facts, permissions),
    ];
  } catch (error) {
    if (!(error instanceof TeleportError)) throw error;
    const mend = "check the relay's roles and whether its user is locked";
    return [...findings, failed('cluster', error.message, mend), ...notReached(options).slice(1)];
  } finally {
    teleport.close();
  }
}

function neededPermissions({ decisions, triesChanges }: TeleportCheckOptions): Permission[] {
  const { mode, approver_identity: approver } = decisions;
  const needsUsers = mode !== 'observe' && (approver === 'trait' || approver === 'email');
  const change: Permission[] =
    !triesChanges || mode === 'observe' ? [] : [mode === 'set-state' ? 'set_state' : 'review'];
  return ['list', 'watch', ...change, ...(needsUsers ? (['users'] as const) : []), 'names'];
}

function notReached(options: TeleportCheckOptions): Finding[] {
  const checks: CheckName[] = ['cluster', 'server', ...neededPermissions(options), 'mode'];
  return checks.map((check) => unknown(check, NOT_REACHED));
}

function fromProblem(check: CheckName, { text, expected, mend }: Problem): Finding {
  return failed(check, `${text}; expected ${expected}`, mend);
}

function checkIdentity(identity: IdentityProbe, now: number): Finding {
  if (!identity.ok) return fromProblem('identity', identity.problem);
  if (identity.problem !== undefined) return fromProblem('identity', identity.problem);
  const seen = `${oneLine(identity.user)} of ${oneLine(identity.clusterName)}, until ${identity.validTo.toISOString()}`;
  return now < identity.warnFrom.getTime()
    ? ok('identity', seen)
    : warning(
        'identity',
        `${seen}: it ends soon and was not renewed`,
        'is tbot running, and may it still renew?',
      );
}

function checkWay(way: WayProbe, askedAt: number, answeredAt: number): Finding[] {
  if (!way.ok) {
    return [
      fromProblem('way', way.problem),
      unknown('tls', NOT_REACHED),
      unknown('clock_teleport', NOT_REACHED),
    ];
  }
  const { way: name, via, reason } = way.way;
  const clock =
    name === 'direct'
      ? unknown('clock_teleport', 'the Auth Service does not say the time; only a proxy does')
      : compareClocks('clock_teleport', way.web?.date, askedAt, answeredAt);
  return [
    ok('way', `${name}${via === undefined ? '' : ` via ${via}`}: ${reason}`),
    checkCertificate(way.certificate, answeredAt),
    clock,
  ];
}

function checkCertificate(certificate: { validFrom: Date; validTo: Date }, now: number): Finding {
  const { validFrom, validTo } = certificate;
  const least = Math.min(LEAST_MS, (validTo.getTime() - validFrom.getTime()) * LEAST_SHARE);
  const seen = `the Auth Service's, signed by the identity's host CA, until ${validTo.toISOString()}`;
  return validTo.getTime() - now > least
    ? ok('tls', seen)
    : warning('tls', seen, 'restart the Auth Service, which renews its certificate');
}

function checkCluster(facts: ClusterFacts, identity: Extract<IdentityProbe, { ok: true }>): Finding {
  const name = oneLine(facts.name);
  if (facts.name !== identity.clusterName) {
    return failed(
      'cluster',
      `this is ${name}, the identity is of ${oneLine(identity.clusterName)}`,
      'set teleport.address to the right cluster, or use an identity of this one',
    );
  }
  const [oldest = ''] = identity.caFingerprints;
  return ok('cluster', `${name}, host CA ${oldest}`);
}

function checkServer({ version }: ClusterFacts): Finding {
  const major = /^v?(\d{1,4})\./.exec(version)?.[1];
  if (major === undefined) return unknown('server', `"${oneLine(version, 60)}" is no version`);
  return Number(major) >= OLDEST_MAJOR
    ? ok('server', oneLine(version, 60))
    : warning('server', oneLine(version, 60), `the relay is made for Teleport ${OLDEST_MAJOR} and newer`);
}

const MFA_MEND =
  'let tbot (Machine ID) write the identity: bots are spared multi-factor authentication, users are not';

function checkPermission({ permission, result, rule, seen = '' }: PermissionProbe): Finding {
  switch (result) {
    case 'granted':
      return ok(permission, `granted (${describeNeed(rule)})`);
    case 'mfa_required':
      return failed(permission, seen, MFA_MEND);
    case 'unknown':
      return unknown(permission, seen === '' ? 'no clear answer' : seen, 'try again');
    case 'missing': {
      const lacks = { lacks: rule };
      const mend = `a Teleport role of the relay lacks ${describeNeed(rule)}; the YAML below adds it`;
      return permission === 'names'
        ? {
            ...warning(permission, 'resources are shown by their ids, not by names', `${mend} (optional)`),
            ...lacks,
          }
        : { ...failed(permission, seen, mend), ...lacks };
    }
  }
}

function checkMode(
  { decisions, triesChanges }: TeleportCheckOptions,
  facts: ClusterFacts,
  permissions: readonly PermissionProbe[],
): Finding {
  const { mode } = decisions;
  if (mode === 'observe') return ok('mode', 'observe: nothing is decided in Jira');
  if (mode === 'review-as-bot' && !facts.reviews) {
    const seen = 'review-as-bot, but this edition of Teleport has no access reviews';
    return failed('mode', seen, 'choose decisions.mode: set-state, or observe');
  }
  if (!triesChanges) return unknown('mode', `${mode}; "relay check" tries whether it is possible`);
  const change = permissions.find(({ permission }) => permission === 'set_state' || permission === 'review');
  switch (change?.result) {
    case 'granted':
      return ok('mode', `${mode} is possible`);
    case 'missing':
      return failed('mode', `${mode} is not possible without ${describeNeed(change.rule)}`, 'see above');
    case 'mfa_required':
      return failed('mode', `${mode} is not possible: the cluster asks for MFA`, MFA_MEND);
    default:
      return unknown('mode', `${mode}: the right to it could not be tried`);
  }
}
