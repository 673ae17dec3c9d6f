import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { AsyncLocalStorage } from 'node:async_hooks';

const tenants = new AsyncLocalStorage<string>();

/** For whom the running activity works. */
export function currentTenant(): string | undefined {
  return tenants.getStore();
}

export const forTenant: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: (input, next) => {
      const tenant = input.headers['tenant'];
      if (tenant === undefined) return next(input);
      return tenants.run(defaultPayloadConverter.fromPayload(tenant), () => next(input));
    },
  },
});
