import { GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { checkOptions, checkText } from '@worker-auth/internal';
import { cachedAssertion, identityError } from './credentials/cached-assertion.ts';
import type { ClientAssertion } from './credentials/client-auth.ts';
import { TokenManagerErrorCode } from './errors.ts';

/** Settings of {@link awsWebIdentity}. */
export interface AwsWebIdentityOptions {
  /** The `aud` of the assertion: what the OAuth server expects, often its issuer. */
  readonly audience: string;
  /** The region of STS. Default as AWS's SDK finds it, such as by `AWS_REGION`. */
  readonly region?: string | undefined;
}

/**
 * The identity of a role of AWS, by STS `GetWebIdentityToken`, for the option `clientAssertion`. Needs the package `@aws-sdk/client-sts`, which finds
 * the role's credentials as everywhere. The account must have outbound identity federation enabled, and the role `sts:GetWebIdentityToken`.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 */
export function awsWebIdentity(options: AwsWebIdentityOptions): ClientAssertion {
  checkOptions('awsWebIdentity', options, { audience: checkText, region: checkText });
  const { audience, region } = options;
  // Whoever waits for a token makes the next attempt.
  const client = new STSClient({ maxAttempts: 1, ...(region && { region }) });
  const command = new GetWebIdentityTokenCommand({ Audience: [audience], SigningAlgorithm: 'RS256' });
  const service = 'AWS STS';
  return cachedAssertion(service, async (abortSignal) => {
    try {
      return (await client.send(command, { abortSignal })).WebIdentityToken;
    } catch (error) {
      abortSignal.throwIfAborted();
      throw failure(service, error);
    }
  });
}

/** Of what the SDK threw, its name and status alone: it carries the request. */
function failure(service: string, error: unknown): Error {
  const { name = 'Error', $metadata } = error as {
    readonly name?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const isRejection = status !== undefined && status >= 400 && status < 500 && status !== 429;
  const advice = "Check the role's credentials, its permission sts:GetWebIdentityToken, and the region";
  return identityError(service, `${name}${status === undefined ? '' : ` (${status})`}. ${advice}`, {
    code: TokenManagerErrorCode[isRejection ? 'invalidCredentials' : 'unavailable'],
    status,
  });
}
