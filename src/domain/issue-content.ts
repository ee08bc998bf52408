import { createHash } from 'node:crypto';
import type { RequestedResource, RequestSnapshot } from '../../contract/access-request';
import {
  bulletList,
  doc,
  fingerprint,
  fitting,
  heading,
  inline,
  link,
  paragraph,
  quote,
  strong,
  type AdfBlock,
  type AdfDocument,
} from './adf';
import { cleanLine, cleanText, shorten } from './text';

/** Jira's limit for a summary, in UTF-16 units (Jira REST v3, create issue). */
export const MAX_SUMMARY = 255;
/** Serialised documents stay below this, well under Jira's 32,767 characters and the 200 kB of an event. */
const MAX_DOCUMENT = 28_000;
const MAX_REASON = 4096;
const MAX_LISTED = 50;
const MAX_ITEM = 200;
/** Fields of a snapshot that belong to what an approver must have read in full. */
const GRANT_FIELDS: readonly string[] = ['roles', 'resources', 'reason'];

/** What the app writes on an issue, and whether everything that an approver must see fits. */
export interface IssueContent {
  summary: string;
  description: AdfDocument;
  /** False when not all that is asked for is shown as it is: such a card cannot approve. */
  complete: boolean;
}

/** Summary and description of a request's issue. They hold only what does not change while it is pending. */
export function renderIssue(snapshot: RequestSnapshot): IssueContent {
  const isUncut = !snapshot.cut.some((field) => GRANT_FIELDS.includes(field)) && isShownAsNamed(snapshot);
  // Lists and texts shrink until the document fits; each says how much is missing.
  for (let scale = 1; ; scale /= 2) {
    const cutter = new Cutter(scale);
    const description = renderDescription(snapshot, cutter);
    if (JSON.stringify(description).length > MAX_DOCUMENT && scale > 1 / 64) continue;
    return { summary: renderSummary(snapshot), description, complete: isUncut && !cutter.hasCut };
  }
}

/** Whether cleaning changes none of the names: two that differ in an invisible character would look the same. */
function isShownAsNamed(snapshot: RequestSnapshot): boolean {
  const names = [
    snapshot.user,
    ...snapshot.roles,
    ...snapshot.resources.flatMap(({ cluster, kind, name, subResource, friendlyName, constraints }) => [
      cluster,
      kind,
      name,
      subResource,
      friendlyName,
      constraints,
    ]),
  ];
  return names.every((name) => name === undefined || name === cleanLine(name));
}

/** A digest of what a reader sees, to notice edits: equal for a document that Jira stored with other attributes. */
export function contentDigest(summary: string, description: unknown): string {
  return createHash('sha256')
    .update(`${cleanLine(summary)}\n${fingerprint(description)}`, 'utf8')
    .digest('base64url');
}

/** Names a resource for people: its friendly name, kind and place. */
export function describeResource(resource: RequestedResource): string {
  const name = cleanLine(resource.friendlyName ?? resource.name);
  const within = resource.subResource === undefined ? '' : ` / ${cleanLine(resource.subResource)}`;
  const id =
    resource.friendlyName !== undefined && resource.friendlyName !== resource.name
      ? `, id ${cleanLine(resource.name)}`
      : '';
  const constraints =
    resource.constraints === undefined ? '' : `, limited to ${cleanLine(resource.constraints)}`;
  return `${name}${within} (${cleanLine(resource.kind)} in ${cleanLine(resource.cluster)}${id}${constraints})`;
}

/** A moment for people: UTC, minutes, without a locale's traps. */
export function describeTime(utc: string): string {
  return `${utc.slice(0, 10)} ${utc.slice(11, 16)} UTC`;
}

function renderSummary(snapshot: RequestSnapshot): string {
  const wanted = [
    ...snapshot.roles,
    ...snapshot.resources.map((resource) => resource.friendlyName ?? resource.name),
  ];
  const reason = cleanLine(snapshot.reason);
  const head = `${cleanLine(snapshot.user)} → ${wanted.map(cleanLine).join(', ')}`;
  return shorten(reason === '' ? head.trim() : `${head} · ${reason}`.trim(), MAX_SUMMARY);
}

function renderDescription(snapshot: RequestSnapshot, cutter: Cutter): AdfDocument {
  const blocks: AdfBlock[] = [
    paragraph(
      strong(cleanLine(snapshot.user)),
      inline(' asks for access in '),
      strong(cleanLine(snapshot.cluster)),
      inline('.'),
    ),
    heading('Roles'),
    list(snapshot.roles.map(cleanLine), 'No roles by name.', cutter),
  ];
  if (snapshot.resources.length > 0) {
    blocks.push(heading('Resources'), list(snapshot.resources.map(describeResource), '', cutter));
  }
  const reason = cutter.text(cleanText(snapshot.reason).trim());
  blocks.push(heading('Reason'), reason === '' ? paragraph(inline('None was given.')) : quote(reason));
  blocks.push(heading('When'), bulletList(renderTimes(snapshot).map((text) => inline(text))));
  if (snapshot.thresholds.length > 0) {
    blocks.push(
      heading('Reviews that Teleport asks for'),
      list(snapshot.thresholds.map(describeThreshold), '', cutter),
    );
  }
  blocks.push(
    paragraph(
      inline(`Request ${cleanLine(snapshot.id)}. `),
      snapshot.teleportUrl === undefined ? [] : link('Open it in Teleport', snapshot.teleportUrl),
    ),
  );
  return doc(...blocks);
}

function renderTimes(snapshot: RequestSnapshot): string[] {
  return [
    `Asked ${describeTime(snapshot.createdAt)}`,
    ...(snapshot.requestExpiresAt === undefined
      ? []
      : [`Ends unanswered ${describeTime(snapshot.requestExpiresAt)}`]),
    ...(snapshot.assumeStartAt === undefined
      ? []
      : [`Access starts ${describeTime(snapshot.assumeStartAt)}`]),
    ...(snapshot.maxDurationUntil === undefined
      ? []
      : [`Access asked until ${describeTime(snapshot.maxDurationUntil)}`]),
    ...(snapshot.kind === 'LONG_TERM' ? ['Long-term access, decided in Teleport only'] : []),
  ];
}

function describeThreshold(threshold: RequestSnapshot['thresholds'][number]): string {
  const name = cleanLine(threshold.name) || 'Default';
  return `${name}: ${threshold.approve} to approve, ${threshold.deny} to deny${threshold.hasFilter ? ', only certain reviewers count' : ''}`;
}

function list(items: string[], whenEmpty: string, cutter: Cutter): AdfBlock {
  if (items.length === 0) return paragraph(inline(whenEmpty));
  return bulletList(cutter.items(items).map((item) => inline(item)));
}

/** Shortens lists and texts visibly and remembers whether it had to. */
class Cutter {
  hasCut = false;
  private readonly maxItems: number;
  private readonly maxText: number;

  /** @param scale 1 for the usual limits, less for tighter ones. */
  constructor(scale: number) {
    this.maxItems = Math.max(1, Math.floor(MAX_LISTED * scale));
    this.maxText = Math.max(64, Math.floor(MAX_REASON * scale));
  }

  items(items: string[]): string[] {
    const shown = items.slice(0, this.maxItems).map((item) => this.shorten(item, MAX_ITEM));
    if (items.length <= this.maxItems) return shown;
    this.hasCut = true;
    return [...shown, `… and ${items.length - this.maxItems} more, listed in Teleport`];
  }

  text(text: string): string {
    const shown = this.shorten(text, this.maxText);
    const fit = fitting(shown, MAX_DOCUMENT / 2);
    if (fit !== shown) this.hasCut = true;
    return fit;
  }

  private shorten(text: string, max: number): string {
    if (text.length > max) this.hasCut = true;
    return shorten(text, max);
  }
}
