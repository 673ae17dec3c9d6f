export type { ReadOptions, Secret, SecretStore } from '@worker-auth/internal';
