import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { readTomlFile } from '../config/toml-file';
import { loadConfig } from '../config/load';
import { formatProblem, type ConfigProblem } from '../config/problems';
import { isTree } from '../config/yaml-file';
import { fileText, type Answers, type IdentityParts } from '../configure/file-text';
import { QUESTIONS, type Question } from '../configure/questions';
import { problemsOf } from '../configure/validate';
import { codeOf } from '../errors';
import type { CommandLine } from './arguments';
import { EXIT } from './exit-codes';

const DEFAULT_FILE = 'relay.yaml';
const OWNER_ONLY = 0o600;

/** `relay configure`: asks for what no option gives, and writes the file. @returns the exit code. */
export async function configure(line: CommandLine): Promise<number> {
  const file = line.output ?? DEFAULT_FILE;
  const taken = line.from === undefined ? NOTHING_TAKEN : await takeFrom(line.from);
  if (!taken.ok) return complain(taken.problems);
  for (const notice of taken.notices) say(`note: ${notice}`);
  const given: Answers = { ...taken.answers, ...line.flags };
  const parts = line.flags.identity === undefined ? taken.parts : undefined;
  const open = unanswered(given, parts);
  if (open.length > 0 && !process.stdin.isTTY) {
    return complain(
      open.map(({ flag, text, choices }) => ({
        key: `--${flag}`,
        found: 'nothing',
        expected: choices === undefined ? text : `${Object.keys(choices).join(', ')}: ${text}`,
      })),
    );
  }
  const answers = open.length > 0 ? await ask(given, parts) : given;
  if (answers === undefined) {
    say('\nGiven up; nothing was written.');
    return EXIT.interrupted;
  }
  const problems = problemsOf(answers, parts);
  if (problems.length > 0) return complain(problems);
  const refusal = await write(file, fileText(answers, parts), line.isForced);
  if (refusal !== undefined) {
    return complain([{ key: `--output ${file}`, found: refusal, expected: 'a file that can be written' }]);
  }
  say(`written: ${file}`);
  const loaded = await loadConfig({ file, env: {} });
  const left = loaded.ok ? loaded.notices : loaded.problems.map(formatProblem);
  for (const text of left) say(`still to do: ${text}`);
  say(`next: relay check -c ${file}`);
  return EXIT.done;
}

interface Taken {
  ok: true;
  answers: Answers;
  parts: IdentityParts | undefined;
  notices: string[];
}
const NOTHING_TAKEN: Taken = { ok: true, answers: {}, parts: undefined, notices: [] };

/** What the official plugin's file says of Teleport. */
async function takeFrom(file: string): Promise<Taken | { ok: false; problems: ConfigProblem[] }> {
  const toml = await readTomlFile(file);
  if (!toml.ok) return toml;
  const teleport = isTree(toml.tree['teleport']) ? toml.tree['teleport'] : {};
  const textOf = (key: string): string | undefined => {
    const value = teleport[key];
    return typeof value === 'string' ? value : undefined;
  };
  const [address, identity] = [textOf('address'), textOf('identity_file')];
  const [key, certificate, authorities] = ['client_key', 'client_crt', 'root_cas'].map(textOf);
  const parts =
    key === undefined || certificate === undefined || authorities === undefined
      ? undefined
      : { client_key: key, client_crt: certificate, root_cas: authorities };
  const answers = { ...(address !== undefined && { address }), ...(identity !== undefined && { identity }) };
  return { ok: true, answers, parts, notices: toml.notices };
}

function unanswered(answers: Answers, parts: IdentityParts | undefined): Question[] {
  return QUESTIONS.filter(({ flag }) => {
    if (flag === 'identity' && parts !== undefined) return false;
    if (flag === 'approver-identity' && answers.mode === 'observe') return false;
    return answers[flag] === undefined;
  });
}

/** Asks on the terminal until every answer is one that the configuration takes; `undefined` when the person gives up. */
async function ask(given: Answers, parts: IdentityParts | undefined): Promise<Answers | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C, and the end of input: without this a question would never be answered, and the program end as if all were well.
  const givenUp = new AbortController();
  const giveUp = (): void => givenUp.abort();
  terminal.once('SIGINT', giveUp).once('close', giveUp);
  let answers = given;
  try {
    for (let [next] = unanswered(answers, parts); next !== undefined; [next] = unanswered(answers, parts)) {
      const { flag, text, choices = {} } = next;
      say(`\n${text}`);
      for (const [name, meaning] of Object.entries(choices)) say(`  ${name}: ${meaning}`);
      const answer = (await terminal.question('> ', { signal: givenUp.signal })).trim();
      const wrong = problemsOf({ ...answers, [flag]: answer }, parts).find(({ key }) => key === `--${flag}`);
      if (answer === '') say('An answer is needed.');
      else if (wrong !== undefined) say(formatProblem(wrong));
      else answers = { ...answers, [flag]: answer };
    }
  } catch (error) {
    if (!givenUp.signal.aborted) throw error;
    return undefined;
  } finally {
    terminal.close();
  }
  return answers;
}

/** Writes the file for its owner's eyes. @returns why not, in words. */
async function write(file: string, text: string, isForced: boolean): Promise<string | undefined> {
  try {
    if (!isForced) {
      await writeFile(file, text, { mode: OWNER_ONLY, flag: 'wx' });
      await chmod(file, OWNER_ONLY);
      return undefined;
    }
    // An old file may be open to others, so that a new one takes its place.
    const fresh = `${file}.${process.pid}.new`;
    try {
      await writeFile(fresh, text, { mode: OWNER_ONLY, flag: 'wx' });
      await rename(fresh, file);
    } finally {
      await rm(fresh, { force: true });
    }
    return undefined;
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    return code === 'EEXIST' ? 'a file that is there already (--force overwrites it)' : code;
  }
}

function complain(problems: readonly ConfigProblem[]): number {
  for (const problem of problems) say(formatProblem(problem));
  return EXIT.badConfiguration;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
