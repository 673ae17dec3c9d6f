import { expect, it } from 'vitest';
import { faultsInCommands } from '../src/commands.ts';
import { workspace } from '../tests/workspace.ts';

it.each([
  ['npm test # all', []],
  ['npm run servers -- up', []],
  ['npm run nothing', ['package.json has no script "nothing"']],
  ['npx nx mutate token-manager', []],
  ['npx nx run temporal-auth:report -- --write', []],
  ['npx nx release --dry-run', []],
  ['npx nx generate @worker-auth/workspace:secret-backend consul', []],
  ['npx nx generate @worker-auth/workspace:nothing', ['"@worker-auth/workspace" has no generator "nothing"']],
  ['npx nx generate @worker-auth/docs:page', ['"@worker-auth/docs" has no generators']],
  ['npx nx mutate nothing', ['there is no project "nothing"']],
  ['npx nx nothing token-manager', ['"token-manager" has no target "nothing"']],
  ['npx @worker-auth/temporal-auth doctor --short', []],
  ['npx @worker-auth/temporal-auth nothing', ['@worker-auth/temporal-auth has no command "nothing"']],
  [
    'npx @worker-auth/temporal-auth doctor --shorter',
    ['@worker-auth/temporal-auth doctor has no option --shorter'],
  ],
  ['npx @worker-auth/testing-fakes stack --lifetime 60 -- python3 --unknown', []],
  ['npx @worker-auth/token-manager', ['@worker-auth/token-manager has no program']],
  ['kubectl apply -f examples/kubernetes/manifests', []],
  ['kubectl apply -f components/nothing', ['components/nothing is not there']],
  ['kubectl apply \\\n  -f components/nothing', ['components/nothing is not there']],
])('of %j it says %j', (code, faults) => {
  expect(faultsInCommands(code, workspace)).toEqual(faults);
});

it('looks for the scripts of an example in its own package.json', () => {
  const scripts = 'npm run workflow\nnpm run nothing';
  expect(faultsInCommands(scripts, workspace, 'examples/worker')).toEqual([
    'package.json has no script "nothing"',
  ]);
});
