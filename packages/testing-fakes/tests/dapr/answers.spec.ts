import { describe, expect, it } from 'vitest';
import { daprBackEndErrors } from '../../src/dapr/back-end-errors.ts';
import type { DaprVersion, FakeDaprComponent } from '../../src/dapr/component.ts';
import { type DaprAnswer, startDapr } from './start-dapr.ts';

const secrets = {
  flat: 'one',
  nested: { b: { c: '2' }, a: '<1>', list: ['x', 'y'] },
};
const single: FakeDaprComponent = { name: 'single', type: 'secretstores.local.file', secrets };
const multi = { ...single, name: 'multi', metadata: { multiValued: 'true' } };
const environment = {
  name: 'env',
  type: 'secretstores.local.env',
  metadata: { prefix: 'P_' },
  secrets: { P_N: 'with a prefix', Q_N: 'with another', N: 'without', DAPR_X: 'own' },
};
const plain = {
  name: 'plain',
  type: 'secretstores.local.env',
  secrets: { N: 'a', NUMBER: 5, DAPR_X: 'own' },
};
const vault = {
  name: 'vault',
  type: 'secretstores.hashicorp.vault',
  secrets: { app: { id: 'one', n: 'x' } },
};
const aws = {
  name: 'aws',
  type: 'secretstores.aws.secretmanager',
  secrets: {
    app: { id: 'one' },
    text: '{"n":1}',
    plain: 'x',
    list: '[1]',
    broken: '{x',
    nothing: null,
  },
};
const maps = {
  ...aws,
  name: 'maps',
  metadata: { multipleKeyValuesPerSecret: 'true' },
};
const texts = { ...vault, name: 'texts', metadata: { vaultValueType: 'text' } };
const keyVault = { name: 'keyvault', type: 'secretstores.azure.keyvault', secrets: { a: '1' } };
const kubernetes = {
  name: 'k8s',
  type: 'secretstores.kubernetes',
  secrets: { app: { id: 'one' }, json: '{"n":1}' },
};
const components = [single, multi, environment, plain, vault, aws, maps, keyVault, kubernetes];

/** What no conformance test asks a real daprd for, in the shape of components-contrib, beside some of the rest. */
const found: readonly [path: string, body: string][] = [
  ['multi/nested', '{"a":"\\u003c1\\u003e","b:c":"2","list:0":"x","list:1":"y"}'],
  ['env/bulk', '{"N":{"N":"with a prefix"}}'],
  ['plain/N', '{"N":"a"}'],
  ['plain/NUMBER', '{"NUMBER":""}'],
  ['plain/bulk', '{"N":{"N":"a"}}'],
  ['vault/app', '{"id":"one","n":"x"}'],
  ['aws/app', '{"app":"{\\"id\\":\\"one\\"}"}'],
  ['maps/app', '{"id":"one"}'],
  ['maps/text', '{"n":"1"}'],
  ['maps/plain', '{"plain":"x"}'],
  ['maps/list', '{"list":"[1]"}'],
  ['maps/broken', '{"broken":"{x"}'],
  ['maps/nothing', '{"nothing":"null"}'],
  ['k8s/json', '{"json":"{\\"n\\":1}"}'],
];

function json(status: number, body: string): DaprAnswer {
  return { status, type: 'application/json', text: `${body}\n` };
}

describe('the secrets API of the fake sidecar', () => {
  it.each(found)('answers %s as daprd does', async (path, body) => {
    const { get } = await startDapr({ components });
    expect(await get(`/secrets/${path}`)).toEqual(json(200, body));
  });

  it.each<[DaprVersion, string, string]>([
    ['1.18.3', 'N', 'with a prefix'],
    ['1.18.3', 'DAPR_X', ''],
    ['1.9.6', 'N', 'without'],
    ['1.9.6', 'DAPR_X', 'own'],
  ])('of %s reads the variable %s as "%s"', async (version, name, value) => {
    const { get } = await startDapr({ version, components: [environment] });
    expect(JSON.parse((await get(`/secrets/env/${name}`)).text)).toEqual({ [name]: value });
  });

  it.each<[DaprVersion, path: string, text: string]>([
    [
      '1.9.6',
      'single/%zz',
      'Failed to unescape request parameter key with value %zz. Error: invalid URL escape "%zz"',
    ],
    [
      '1.9.6',
      '%az/flat',
      'Failed to unescape request parameter secretStoreName with value %az. Error: invalid URL escape "%az"',
    ],
    ['1.18.3', 'single/%zz', '400 Bad Request'],
  ])('of %s takes no broken percent-encoding: %s', async (version, path, text) => {
    const { get } = await startDapr({ version, components });
    expect(await get(`/secrets/${path}`)).toEqual({
      status: 400,
      type: 'text/plain; charset=utf-8',
      text,
    });
  });

  it.each([
    ['a_b', 'ERROR CODE: BadParameter'],
    ['a-b', 'ERROR CODE: SecretNotFound'],
  ])('says as Key Vault that %s cannot be, or is not there', async (name, words) => {
    const { get } = await startDapr({ components });
    expect((await get(`/secrets/keyvault/${name}`)).text).toContain(words);
  });

  it.each(Object.entries(daprBackEndErrors))('passes on what a broken %s says', async (type, errors) => {
    const { fake, get } = await startDapr({ components: [{ name: 's', type, secrets: { there: 'yes' } }] });
    for (const text of Object.values(errors)) {
      fake.breakComponent('s', (name) => (name === 'there' ? undefined : text(name)));
      const message = `failed getting secret with key gone from secret store s: ${text('gone')}`;
      expect(JSON.parse((await get('/secrets/s/gone')).text)).toEqual({
        errorCode: 'ERR_SECRET_GET',
        message,
      });
      expect((await get('/secrets/s/there')).status).toBe(200);
    }
  });

  it('fails for all secrets at once with the same text, and is healed', async () => {
    const { fake, get } = await startDapr({ components });
    fake.breakComponent('vault', 'broken');
    expect((await get('/secrets/vault/bulk')).text).toContain(
      'failed getting secrets from secret store vault: broken',
    );
    fake.breakComponent('vault', (name) => (name === '' ? undefined : 'broken'));
    expect((await get('/secrets/vault/bulk')).status).toBe(200);
    fake.breakComponent('vault', undefined);
    expect((await get('/secrets/vault/app')).status).toBe(200);
  });

  it('gives secrets that were changed while it runs', async () => {
    const { fake, get } = await startDapr({ components });
    fake.setSecrets('single', { flat: '2' });
    expect((await get('/secrets/single/flat')).text).toBe('{"flat":"2"}\n');
    expect((await get('/secrets/multi/flat')).text).toBe('{"flat":"one"}\n');
    expect(() => {
      fake.setSecrets('unknown', {});
    }).toThrow(RangeError);
  });
});

describe('the API token', () => {
  it('is rejected in the words of each version, until none is asked for', async () => {
    const { fake, get } = await startDapr({ apiToken: 'right' });
    const rejection = { status: 401, type: 'text/plain; charset=utf-8' };
    expect(await get('/metadata')).toEqual({ ...rejection, text: 'invalid api token\n' });
    fake.version = '1.9.6';
    expect(await get('/metadata')).toEqual({ ...rejection, text: 'invalid api token' });
    fake.apiToken = undefined;
    expect((await get('/metadata')).status).toBe(200);
  });
});

describe('the metadata API of the fake sidecar', () => {
  it('leaves empty keys out in 1.18.3, and sends empty lists in 1.9.6', async () => {
    const { fake, get } = await startDapr({ appId: 'me' });
    expect(JSON.parse((await get('/metadata')).text)).toEqual({
      id: 'me',
      runtimeVersion: '1.18.3',
      extended: { daprRuntimeVersion: '1.18.3' },
      actorRuntime: { runtimeStatus: 'DISABLED', hostReady: false, placement: '' },
    });
    fake.version = '1.14.0';
    expect((await get('/metadata')).text).toBe(
      '{"id":"me","runtimeVersion":"1.14.0","extended":{"daprRuntimeVersion":"1.14.0"},' +
        '"appConnectionProperties":{"protocol":"http","channelAddress":"127.0.0.1"},' +
        '"actorRuntime":{"runtimeStatus":"DISABLED","hostReady":false}}\n',
    );
    fake.version = '1.9.6';
    expect((await get('/metadata')).text).toBe(
      '{"id":"me","actors":[],"extended":{"daprRuntimeVersion":"1.9.6"},"components":[]}',
    );
  });

  it.each<[DaprVersion, string]>([
    [
      '1.18.3',
      '{"name":"single","type":"secretstores.local.file","version":"v1"},' +
        '{"name":"texts","type":"secretstores.hashicorp.vault","version":"v1"},' +
        '{"name":"state","type":"state.redis","version":"v1","capabilities":["ETAG"]}',
    ],
    [
      '1.9.6',
      '{"name":"single","type":"secretstores.local.file","version":"v1","capabilities":[]},' +
        '{"name":"texts","type":"secretstores.hashicorp.vault","version":"v1","capabilities":["MULTIPLE_KEY_VALUES_PER_SECRET"]},' +
        '{"name":"state","type":"state.redis","version":"v1","capabilities":["ETAG"]}',
    ],
  ])('of %s writes each component down, of the application fake-app', async (version, written) => {
    const state = { name: 'state', type: 'state.redis', capabilities: ['ETAG'] };
    const { get } = await startDapr({ version, components: [single, texts, state] });
    const { text } = await get('/metadata');
    expect(text).toContain(`"components":[${written}]`);
    expect(JSON.parse(text)).toMatchObject({ id: 'fake-app' });
  });

  it('of 1.14.0 ends no error with a new line, and says more of a state store that is not there', async () => {
    const { get } = await startDapr({ version: '1.14.0', appId: 'me', components });
    expect((await get('/secrets/single/flat')).text).toBe('{"flat":"one"}\n');
    expect((await get('/unknown')).text).toMatch(/\}$/);
    expect(JSON.parse((await get('/state/store/key')).text)).toEqual({
      errorCode: 'ERR_STATE_STORE_NOT_CONFIGURED',
      message: 'state store store is not configured',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          domain: 'dapr.io',
          metadata: { appID: 'me' },
          reason: 'DAPR_STATE_NOT_CONFIGURED',
        },
      ],
    });
  });

  it('is not there when the Configuration does not allow it', async () => {
    const { fake, get } = await startDapr();
    fake.metadataAllowed = false;
    expect((await get('/metadata')).text).toContain('ERR_DIRECT_INVOKE');
  });
});

describe('the state API of the fake sidecar', () => {
  it('gives the value of a key, and 204 for a key that is not there', async () => {
    const { get } = await startDapr({
      components: [{ name: 'state', type: 'state.redis', state: { k: { a: 1 } } }],
    });
    expect(await get('/state/state/k')).toEqual(json(200, '{"a":1}'));
    expect(await get('/state/state/x')).toEqual({ status: 204, type: null, text: '' });
  });

  it.each<[DaprVersion, status: number, text: string]>([
    ['1.18.3', 400, '{"errorCode":"ERR_STATE_STORE_NOT_FOUND","message":"state store other is not found"}\n'],
    [
      '1.14.0',
      400,
      '{"errorCode":"ERR_STATE_STORE_NOT_FOUND","message":"state store other is not found","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"dapr.io","metadata":{"appID":"fake-app"},"reason":"DAPR_STATE_NOT_FOUND"}]}',
    ],
    [
      '1.18.3',
      500,
      '{"errorCode":"ERR_STATE_STORE_NOT_CONFIGURED","message":"state store is not configured"}\n',
    ],
  ])('of %s has no store where there is none: %i', async (version, status, text) => {
    const stores = [{ name: 'state', type: 'state.redis' }];
    const { get } = await startDapr({ version, components: status === 400 ? stores : [] });
    expect(await get('/state/other/x')).toEqual({ status, type: 'application/json', text });
  });
});
