import { createHash } from 'node:crypto';
import type { RequestedResource, RequestSnapshot } from '../../contract/access-request';
import {
  bulletList,
  doc,
  heading,
  inline,
  link,
  paragraph,
  plainText,
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

/** What the app writes on an issue, and whether everything that an approver must see fits. */
export interface IssueContent {
  summary: string;
  description: AdfDocument;
  /** False when a list or text had to be cut: such a card cannot decide. */
  complete: boolean;
}

/** Summary and description of a request's issue. They hold only what does not change while it is pending. */
export function renderIssue(snapshot: RequestSnapshot): IssueContent {
  const cutter = new Cutter(MAX_LISTED, MAX_REASON);
  let description = renderDescription(snapshot, cutter);
  // The lists shrink until the document fits; each shortened list says how much is missing.
  for (
    let limit = MAX_LISTED;
    JSON.stringify(description).length > MAX_DOCUMENT && limit > 1;
    limit = Math.floor(limit / 2)
  ) {
    cutter.tighten(Math.floor(limit / 2), MAX_REASON / 2);
    description = renderDescription(snapshot, cutter);
  }
  return {
    summary: renderSummary(snapshot),
    description,
    complete: snapshot.cut.length === 0 && !cutter.hasCut,
  };
}

/** A digest of what a reader sees, to notice edits: equal for a document that Jira stored with other attributes. */
export function contentDigest(summary: string, description: unknown): string {
  return createHash('sha256')
    .update(`${summary}\n${plainText(description).trim()}`, 'utf8')
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
  return shorten(reason === '' ? head : `${head} · ${reason}`, MAX_SUMMARY);
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

  constructor(
    private maxItems: number,
    private maxText: number,
  ) {}

  tighten(maxItems: number, maxText: number): void {
    this.maxItems = Math.max(1, maxItems);
    this.maxText = maxText;
  }

  items(items: string[]): string[] {
    const shown = items.slice(0, this.maxItems).map((item) => this.shorten(item, MAX_ITEM));
    if (items.length <= this.maxItems) return shown;
    this.hasCut = true;
    return [...shown, `… and ${items.length - this.maxItems} more, listed in Teleport`];
  }

  text(text: string): string {
    return this.shorten(text, this.maxText);
  }

  private shorten(text: string, max: number): string {
    if (text.length > max) this.hasCut = true;
    return shorten(text, max);
  }
}
