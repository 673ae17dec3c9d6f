export type { DaprComponent, DaprSidecar, SecretReadOptions } from '@worker-auth/internal';
