import { assertion } from '@worker-auth/temporal-auth';
import { assertionForm, clusterToken, federated } from './assertion-options.ts';
import { platforms, startPlatform } from './platforms.ts';
import type { Form } from './sources.ts';

/** The identity of a cloud or a job in place of a secret. */
export const platformForms: readonly Form[] = Object.entries(platforms).map(([name, make]) =>
  assertionForm(
    `assertion(${name}(…))`,
    federated,
    async (cell) => {
      const { tokenUrl } = cell.oauth;
      const source = make(cell.use(await startPlatform(clusterToken)).url, 'oauth');
      return assertion(source, { id: 'worker', tokenUrl });
    },
    'federated_jwt',
  ),
);
