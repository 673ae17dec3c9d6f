import { expect, it } from 'vitest';
import { type HttpFault, oauthFaults } from '../../src/index.ts';

const proper = {
  body: '{"access_token":"a.b.c","token_type":"Bearer","expires_in":3600}',
  requestBody: 'client_secret=s3cret',
};
const token = '"access_token":"a.b.c"';
const rest = '"token_type":"Bearer","expires_in":3600';

/** What of the body there is, made of the proper response where the fault is; `undefined` for the proper one. */
function bodyOf({ body }: HttpFault): string | undefined {
  return typeof body === 'function' ? body(proper) : body;
}

const json = 'application/json';
const rejection = (error: string): string =>
  `{"error":"${error}","error_description":"rejected with ${error}"}`;

it.each<[name: keyof typeof oauthFaults, fault: HttpFault, body: string | undefined]>([
  ['invalidClient400', { status: 400, headers: { 'content-type': json } }, rejection('invalid_client')],
  [
    'unauthorized401',
    { status: 401, headers: { 'content-type': json, 'www-authenticate': 'Basic realm="token"' } },
    rejection('invalid_client'),
  ],
  [
    'keycloakWrongSecret',
    { status: 401, headers: { 'content-type': json } },
    rejection('unauthorized_client'),
  ],
  ['throttled429', { status: 429, headers: { 'retry-after': '7' } }, 'Too Many Requests'],
  ['truncatedJson', {}, `{${token},"token_type":"Bearer","expires`],
  ['noExpiresIn', {}, `{${token},"token_type":"Bearer"}`],
  ['expiresInString', {}, `{${token},"token_type":"Bearer","expires_in":"3600"}`],
  ['noAccessToken', {}, `{${rest}}`],
  ['numberAccessToken', {}, `{"access_token":12345,${rest}}`],
  ['tokenTypeDpop', {}, `{${token},"token_type":"DPoP","expires_in":3600}`],
  ['crlfInToken', {}, `{"access_token":"a.b.c\\r\\nx-injected: yes",${rest}}`],
  [
    'echoesRequest',
    { status: 400 },
    '{"error":"invalid_request","error_description":"Cannot process client_secret=s3cret"}',
  ],
  ['redirect307', { status: 307, headers: { location: 'https://other.invalid/token' } }, ''],
  ['droppedMidBody', { connection: 'truncate' }, undefined],
])('the fault %s is what its name says', (name, fault, body) => {
  expect(oauthFaults[name]).toMatchObject(fault);
  expect(bodyOf(oauthFaults[name])).toBe(body);
});
