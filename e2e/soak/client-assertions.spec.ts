import { type Keycloak, type KeycloakRealm, skipReason, startKeycloak } from '@worker-auth/servers';
import { fileAssertion, TokenManager, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { SignJWT } from 'jose';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { platforms, startPlatform } from '../src/matrix/platforms.ts';

const reason = await skipReason('keycloak');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' });
const trustDomain = 'spiffe://workers.example';
const spiffeId = `${trustDomain}/orders`;

describe.skipIf(reason !== undefined)(
  `the client assertions that Keycloak takes${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let keycloak: Keycloak;
    let realm: KeycloakRealm;
    let cluster: MockOAuthServer;
    let bundle: Server;
    let folder: string;

    beforeAll(async () => {
      bundle = createServer((_request, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ keys: [{ ...publicJwk, kid: 'svid-1', use: 'jwt-svid' }] }));
      });
      await once(bundle.listen(0, '127.0.0.1'), 'listening');
      const { port } = bundle.address() as AddressInfo;
      folder = await mkdtemp(join(tmpdir(), 'svid-'));
      keycloak = await startKeycloak();
      realm = await keycloak.createRealm('workers');
      await realm.createSigningClient('signing-worker', {
        keys: [{ ...publicJwk, kid: 'k1', use: 'sig', alg: 'ES256' }],
      });
      cluster = await MockOAuthServer.start({ subject: 'the workload' });
      await realm.createFederatedClient('federated-worker', {
        ...{ issuer: cluster.issuer, jwksUrl: cluster.jwksUrl, subject: 'the workload' },
      });
      await realm.createSpiffeClient('spiffe-worker', {
        ...{ trustDomain, bundleEndpoint: `http://127.0.0.1:${port}/`, subject: spiffeId },
      });
    }, 300_000);

    afterAll(async () => {
      await keycloak.stop();
      await cluster.stop();
      bundle.close();
      await rm(folder, { recursive: true });
    });

    /** A JWT-SVID in a file, as `spiffe-helper` writes it. */
    async function svidFile(subject = spiffeId): Promise<string> {
      const svid = new SignJWT().setProtectedHeader({ alg: 'ES256', kid: 'svid-1', typ: 'JWT' });
      const path = join(folder, 'jwt_svid.token');
      const signed = svid.setSubject(subject).setAudience(realm.issuer).setExpirationTime('5m');
      await writeFile(path, await signed.sign(privateKey));
      return path;
    }

    const signing = () => ({
      credentials: { clientId: 'signing-worker' },
      clientAssertion: privateKeyJwt({ key: privateKey, keyId: 'k1' }),
    });

    it.each<readonly [string, () => Partial<ConstructorParameters<typeof TokenManager>[0]>]>([
      ['the issuer that was discovered', () => ({ issuer: realm.issuer })],
      [
        'the token endpoint, by option',
        () => ({ tokenUrl: realm.tokenUrl, assertionAudience: 'token-endpoint' }),
      ],
    ])('are for %s', async (_what, options) => {
      await using tokens = new TokenManager({ ...options(), ...signing() });
      expect(await tokens.getToken()).toBeTypeOf('string');
    });

    it('are not for anybody else', async () => {
      await using tokens = new TokenManager({
        ...{ issuer: realm.issuer, assertionAudience: 'https://other.example' },
        ...signing(),
      });
      await expect(tokens.getToken()).rejects.toMatchObject({ code: TokenManagerErrorCode.clientRejected });
    });

    it.each(Object.entries(platforms))('are those of another issuer, by %s', async (_name, make) => {
      const token = (): string => cluster.mintToken({ claims: { aud: realm.issuer } });
      await using platform = await startPlatform(token);
      await using tokens = new TokenManager({
        issuer: realm.issuer,
        credentials: { clientId: 'federated-worker' },
        clientAssertion: make(platform.url, realm.issuer),
      });
      const first = await tokens.getToken();
      expect(await tokens.getToken({ rejectedToken: first })).not.toBe(first);
    });

    it('are JWT-SVIDs of a SPIFFE trust domain, out of a file', async () => {
      await using tokens = new TokenManager({
        issuer: realm.issuer,
        credentials: { clientId: 'spiffe-worker' },
        clientAssertion: fileAssertion(await svidFile(), { type: 'jwt-spiffe' }),
      });
      expect(await tokens.getToken()).toBeTypeOf('string');
    });

    it.each<readonly [string, () => Promise<ReturnType<typeof fileAssertion>>]>([
      ['of another type', async () => fileAssertion(await svidFile())],
      [
        'of another workload',
        async () => fileAssertion(await svidFile(`${trustDomain}/other`), { type: 'jwt-spiffe' }),
      ],
    ])('are not JWT-SVIDs %s', async (_what, assertion) => {
      await using tokens = new TokenManager({
        issuer: realm.issuer,
        credentials: { clientId: 'spiffe-worker' },
        clientAssertion: await assertion(),
      });
      await expect(tokens.getToken()).rejects.toMatchObject({ code: TokenManagerErrorCode.clientRejected });
    });
  },
);
