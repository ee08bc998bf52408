import { oneLine } from '../errors';
import type { Log } from '../ports';
import { CHECKS, type CheckResult, type Finding } from './finding';
import { describeNeed, roleYaml } from './role-yaml';

const MAX_TEXT = 500;

/** The findings as a table, one line a check, then what Teleport roles lack, as YAML. Ends with a line break. */
export function formatTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, result, seen, mend }) => [
    result,
    CHECKS[check],
    oneLine(mend === undefined ? seen : `${seen} — ${mend}`, MAX_TEXT),
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  const lacking = findings.flatMap(({ lacks }) => lacks ?? []);
  const yaml =
    lacking.length === 0
      ? ''
      : `\nAdd to spec.allow of a Teleport role of the relay's user:\n\n${roleYaml(lacking)}\n`;
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n${yaml}\n${summary(findings)}\n`;
}

/** The findings for programs; `result` is the worst of them, of which `unknown` counts as a warning. */
export function toJson(findings: readonly Finding[], version: string): string {
  return `${JSON.stringify({ version, result: worst(findings), checks: findings.map(forPrograms) }, null, 2)}\n`;
}

function forPrograms({ lacks, ...finding }: Finding): object {
  return lacks === undefined ? finding : { ...finding, addToRole: roleYaml([lacks]) };
}

/** Writes the findings to the log: what is wrong as warnings, the rest for debugging, and a line for all. */
export function logFindings(findings: readonly Finding[], log: Log): void {
  for (const { check, result, seen, mend, lacks } of findings) {
    const facts = { check, result, seen, mend, lacks: lacks && describeNeed(lacks) };
    if (result === 'failed' || result === 'warning') log.warn('a check found something', facts);
    else log.debug('checked', facts);
  }
  log.info('checks done', { result: worst(findings), summary: summary(findings) });
}

/** Whether any check failed. */
export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ result }) => result === 'failed');
}

function worst(findings: readonly Finding[]): 'ok' | 'warning' | 'failed' {
  if (hasFailed(findings)) return 'failed';
  return findings.every(({ result }) => result === 'ok') ? 'ok' : 'warning';
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: CheckResult): number => findings.filter(({ result }) => result === wanted).length;
  return `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed, ${count('unknown')} unknown`;
}
