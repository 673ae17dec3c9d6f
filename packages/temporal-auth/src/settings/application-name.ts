import type { Environment } from '@worker-auth/inlined';
import { ConfigurationError, TemporalAuthErrorCode } from '../errors/temporal-auth-error.ts';
import { type Format, Settings } from './setting.ts';

const anyText: Format<string> = {
  parse: (text) => (text === '' ? undefined : text),
  expected: 'the name of the application, with no space at either end',
};

/**
 * `applicationName`, else `ATLAN_APPLICATION_NAME`.
 *
 * @throws ConfigurationError when there is neither, and for a variable that makes no sense
 * @throws TypeError for an empty option
 */
export function readApplicationName(
  { applicationName }: { readonly applicationName?: string | undefined },
  env: Environment,
): string {
  if (applicationName !== undefined) {
    if (typeof applicationName !== 'string' || applicationName.trim() === '') {
      throw new TypeError('applicationName must not be empty: it names the credentials and the task queue');
    }
    return applicationName;
  }
  const settings = new Settings(env);
  const variable = 'ATLAN_APPLICATION_NAME';
  const found = settings.read({ option: 'applicationName', given: undefined, variable }, anyText);
  settings.check();
  if (found !== undefined) return found;
  throw new ConfigurationError(
    `The application has no name: give applicationName, or set ${variable}. It names the credentials and the task queue.`,
    { code: TemporalAuthErrorCode.settingRefused },
  );
}
