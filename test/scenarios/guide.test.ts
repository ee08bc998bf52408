import { commandsOf, performGuide } from '../../scripts/guide';

test('the commands of the set-up guide work as they stand', async () => {
  const printed = await performGuide();
  expect(printed).toMatch(/\d+ ok, \d+ warnings?, 0 failed/);
  expect(printed).toContain('"ready": true');
}, 120_000);

test('blocks that need a live system, or take long, are left out', () => {
  const guide =
    'Do\n\n```sh\nfirst\n```\n\n```sh live\nnever\n```\n\n   ```sh\n   second\n   ```\n\n```yaml\nno: command\n```\n';
  expect(commandsOf(guide)).toEqual(['first\n', 'second\n']);
});
