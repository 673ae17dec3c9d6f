import { checkText } from '@worker-auth/internal';

/**
 * What an application's keys start with: its name in lower case, hyphens turned into underscores.
 * `postgres-extraction` gives `postgres_extraction`.
 *
 * @throws TypeError for a name without a visible character
 */
export function applicationKey(applicationName: string): string {
  checkText('applicationName', applicationName);
  const name = applicationName.trim();
  if (name === '') throw new TypeError('applicationName must not be empty');
  return name.toLowerCase().replaceAll('-', '_');
}
