import { platforms, startPlatform } from './platforms.ts';
import { assertionForm, clusterToken, federated } from './assertion-options.ts';
import type { Form } from './sources.ts';

/** The identity of a cloud or a job in place of a secret. */
export const platformForms: readonly Form[] = Object.entries(platforms).map(([name, make]) =>
  assertionForm(
    `token.clientAssertion: ${name}(…)`,
    federated,
    async (cell) => ({ clientAssertion: make(cell.use(await startPlatform(clusterToken)).url, 'oauth') }),
    'federated_jwt',
  ),
);
