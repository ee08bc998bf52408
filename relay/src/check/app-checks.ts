import type { JiraApp } from '../ports';
import { compareClocks } from './clocks';
import { failed, ok, unknown, warning, type Finding } from './finding';

/** What the app's side is checked with. */
export interface AppCheckOptions {
  jiraApp: Pick<JiraApp, 'open'>;
  /** The time at the app's address; `undefined` when nothing answers or it does not say. */
  askDate: (signal: AbortSignal) => Promise<Date | undefined>;
  /** The identity's cluster; `undefined` when there is no identity to present. */
  clusterName: string | undefined;
}

/** So many links at least may come in one answer of the app, of which a check asks for one. */
const PAGE = 100;
const NEW_TOKEN = "create a new pairing token on the app's page and give it to the relay";

/**
 * Checks whether the app is reached and takes the pairing token, by the signed question which requests it knows. The
 * question changes nothing there.
 */
export async function checkApp(options: AppCheckOptions, signal: AbortSignal): Promise<Finding[]> {
  const askedAt = Date.now();
  const date = await options.askDate(signal);
  const clock = compareClocks('clock_app', date, askedAt, Date.now());
  return [clock, await checkPairing(options, signal)];
}

async function checkPairing(
  { jiraApp, clusterName }: AppCheckOptions,
  signal: AbortSignal,
): Promise<Finding> {
  if (clusterName === undefined) return unknown('app', 'not asked, since the identity names no cluster');
  const answer = await jiraApp.open(clusterName, signal, 1);
  if (answer.ok)
    return ok(
      'app',
      `reached; the pairing token is valid and the cluster confirmed (${answer.value.length < PAGE ? '' : 'at least '}${answer.value.length} open links)`,
    );
  switch (answer.kind) {
    case 'uninstalled':
      return failed('app', answer.text, `install the app again, then ${NEW_TOKEN}`);
    case 'unreachable':
      return failed(
        'app',
        answer.text,
        `let the relay reach the app's address; if the key was revoked or has run out, ${NEW_TOKEN}`,
      );
    case 'refused':
      return refused(answer.code, answer.text);
  }
}

function refused(code: string, text: string): Finding {
  switch (code) {
    case 'not_confirmed':
      return warning(
        'app',
        `reached, the pairing token is valid; ${text}`,
        'start the relay, then confirm the cluster and its CA on the page of the app in Jira',
      );
    case 'wrong_cluster':
      return failed('app', text, `use the identity of that cluster, or ${NEW_TOKEN}`);
    default:
      return failed('app', text, 'bring app and relay to the same version');
  }
}
