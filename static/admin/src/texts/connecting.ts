import type { WizardStep } from '../../../../contract/admin';
import { plural } from './words';

/** Overview, connections, the first run. */
export const connecting = {
  overview: {
    title: 'Overview',
    lead: 'Whether requests reach Jira and decisions reach Teleport.',
    unfinished: 'The set-up is not finished',
    goOn: (step: string) => `Go on with: ${step}`,
    paused: 'Jira’s hourly quota is used up',
    pausedText: 'Requests wait meanwhile and nothing is lost. Goes on',
    numbers: 'In numbers',
    failing: 'requests are not in step',
    waiting: 'decisions wait for a relay',
    checks: 'checks failed',
    toFailures: 'See why',
    toActivity: 'See activity',
    toHealth: 'See checks',
    connections: 'Connections',
    newest: 'Newest request',
    toConfirm: 'Compare and confirm this cluster',
  },
  connections: {
    title: 'Connections',
    lead: 'Each connection joins one Teleport cluster to this site, through a relay that runs beside the cluster.',
    list: 'Connections',
    emptyTitle: 'No cluster is connected yet',
    emptyText: 'Pair a cluster, and its access requests show up as issues.',
    states: {
      proposed: 'To be confirmed',
      confirmed: 'Connected',
      mismatch: 'Other cluster',
      revoked: 'Revoked',
    },
    silent: 'Silent',
    troubled: 'Has problems',
    waitingForRelay: 'Waiting for its relay',
    ways: { push: 'Push.', poll: 'Poll.' },
    noCeiling: 'The relay names no limit of its own',
    validUntil: 'valid until',
    identityOver: 'Run out',
    queue: (waiting: number, failed: number) => `${waiting} waiting, ${failed} failed`,
    problems: 'Problems that the relay reports',
    mismatchTitle: 'The relay presents another cluster than the one that was confirmed',
    mismatchText:
      'Nothing flows until this is clear. When the cluster was rebuilt or its CA replaced, compare what the relay presents and confirm it; else somebody may be using its key, so revoke the connection and look who.',
    keyMade: 'made',
    keyEnds: 'ends',
    rotate: 'Rotate key',
    choosePush: 'Deliver by push',
    stopPush: 'Stop push',
    revoke: 'Revoke…',
    revoked: (count: number) => `${count} revoked ${plural(count, 'connection', 'connections')}`,
  },
  pair: {
    title: 'Pair a cluster',
    lead: 'Makes a token for the relay of one cluster. Its requests flow after you have confirmed the cluster.',
    name: 'Name of the connection',
    nameHelp: 'For people; for example production.',
    button: 'Make pairing token',
  },
  token: {
    title: 'Copy the pairing token now: it is shown only once',
    text: 'Put it into a file that only the relay can read, and name that file in the relay’s configuration.',
    label: 'Pairing token',
    help: 'It is a secret: whoever has it can act as the relay. When it is lost, rotate the key.',
    copy: 'Copy',
    copied: 'Copied.',
    notCopied: 'The browser does not allow it here. The token is selected: copy it by Ctrl+C or ⌘C.',
    done: 'I have stored it',
  },
  confirm: {
    title: (cluster: string) => `A relay presents the cluster ${cluster}`,
    rotated:
      'The host CA of the cluster was rotated. The relay trusted the old and the new one together, so requests go on; confirm the new one, and the old one is forgotten.',
    text: 'Compare the fingerprint with what the cluster itself says. On its Auth Service:',
    command: 'tctl auth export --type=tls-host | openssl x509 -outform DER | sha256sum',
    cluster: 'Cluster name',
    fingerprint: 'CA fingerprint (SHA-256)',
    compared: 'Name and fingerprint are those of my cluster',
    button: 'Confirm this cluster',
  },
  revoke: {
    title: (name: string) => `Revoke ${name}?`,
    lead: 'The relay is cut off at once. Lost are:',
    lost: (cluster: string | undefined, waiting: number) => [
      'its keys and its address: the relay must be paired anew',
      cluster === undefined
        ? 'all further requests'
        : `new requests of ${cluster}: they no longer become issues`,
      waiting === 0
        ? 'decisions made in Jira from now on: they no longer reach Teleport'
        : `decisions made in Jira from now on, and ${waiting} ${plural(waiting, 'request', 'requests')} that the relay still holds`,
    ],
    kept: 'Issues and history stay, and Teleport keeps all its requests.',
    button: 'Revoke connection',
    done: (name: string) => `${name} is revoked`,
  },
  backfill: {
    open: (count: number) => `Mirror ${count} older ${plural(count, 'request', 'requests')}…`,
    title: (name: string) => `Older requests of ${name}`,
    text: (count: number) =>
      count === 0
        ? 'There are no older requests.'
        : `${count} ${plural(count, 'request was', 'requests were')} made before the cluster was confirmed. Each becomes an issue; whoever watches the project is notified.`,
    countedAt: 'Counted',
    button: (count: number) => `Make ${count} ${plural(count, 'issue', 'issues')}`,
    started: (count: number) => `${count} older ${plural(count, 'request comes', 'requests come')} in now`,
  },
  wizard: {
    title: 'Get started',
    lead: 'From here to the first request on the board. What is done stays done; come back at any time.',
    begin: 'Connect a cluster',
    steps: {
      connect: 'Make a connection',
      start_relay: 'Start the relay',
      confirm_cluster: 'Confirm the cluster',
      project: 'Choose a project',
      approvers: 'Choose approvers',
      first_request: 'Try it',
    } satisfies Record<WizardStep, string>,
    done: 'Done',
    now: 'Now',
    later: 'Later',
    relayConfig: 'Beside the cluster, with the token in a file, the relay needs this configuration:',
    relayConfigText:
      'teleport:\n  address: teleport.example.com:443\n  identity_file: /etc/teleport-jira/identity\njira_app:\n  pairing_token_file: /etc/teleport-jira/pairing-token\ndecisions:\n  mode: observe',
    waitingForRelay: 'Waiting for the relay’s first message…',
    useExisting: 'Use a project that you have instead',
    ask: 'Ask for access in Teleport, in its web page or by its command line. The issue shows up within seconds:',
    askCommand: 'tsh request create --roles=editor --reason="Try the Jira board"',
    waitingForRequest: 'Waiting for the first request…',
    allDone: 'All is set up, and the first request has arrived',
    firstRequest: (state: string) => `${state}:`,
    toOverview: 'To the overview',
  },
} as const;
