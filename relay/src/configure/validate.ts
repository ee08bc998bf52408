import { FLAG_KEYS, FLAGS } from '../config/choices';
import { issuesOf } from '../config/load';
import type { ConfigProblem } from '../config/problems';
import { isTree, type Tree } from '../config/yaml-file';
import type { Answers, IdentityParts } from './file-text';

/** What is wrong with the answers, by the rules that the configuration has; keys are named as options. */
export function problemsOf(answers: Answers, parts: IdentityParts | undefined): ConfigProblem[] {
  const tree: Tree = { jira_app: { pairing_token: '(asked for later)' } };
  for (const flag of FLAGS) {
    const [section = '', key = ''] = FLAG_KEYS[flag].split('.');
    const value = answers[flag];
    if (flag === 'pairing-token-file' || value === undefined) continue;
    const known = tree[section];
    tree[section] = { ...(isTree(known) ? known : {}), [key]: value };
  }
  if (parts !== undefined)
    tree['teleport'] = { ...(isTree(tree['teleport']) ? tree['teleport'] : {}), ...parts };
  return issuesOf(tree).map((problem) => {
    const flag = FLAGS.find((name) => FLAG_KEYS[name] === problem.key);
    return flag === undefined ? problem : { ...problem, key: `--${flag}` };
  });
}
