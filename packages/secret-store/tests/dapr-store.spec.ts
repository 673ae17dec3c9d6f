import { describe, expect, it } from 'vitest';
import { daprStore } from '../src/dapr/dapr-store.ts';
import { AmbiguousSecretStoreError, NoSecretStoreComponentError } from '../src/dapr/errors.ts';
import { component, rejection, startFake } from './support.ts';

const vault = {
  name: component,
  type: 'secretstores.hashicorp.vault',
  secrets: { wanted: { field: 'value' } },
};

describe('the component of daprStore', () => {
  it('is looked for once', async () => {
    const { fake, url } = await startFake({ components: [vault] });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    await Promise.all([store.get('wanted'), store.get('wanted')]);
    await store.get('wanted');
    expect(fake.requestsTo('/v1.0/metadata')).toHaveLength(1);
  });

  it('is looked for again after invalidate', async () => {
    const { fake, url } = await startFake({ components: [{ ...vault, name: 'first' }] });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    await store.get('wanted');
    fake.components = [{ ...vault, name: 'first' }, vault];
    store.invalidate();
    expect((await store.component()).name).toBe(component);
  });

  it('is looked for again when the remembered one has disappeared', async () => {
    const { fake, url } = await startFake({ components: [{ ...vault, name: 'first' }] });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    await store.get('wanted');
    fake.components = [{ ...vault, name: 'second', secrets: { wanted: { field: 'from the second' } } }];
    expect(await store.get('wanted')).toMatchObject({ field: 'from the second' });
  });

  it('is found once it is there, although there was none at first', async () => {
    const { fake, url } = await startFake();
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    expect(await rejection(store.get('wanted'))).toBeInstanceOf(NoSecretStoreComponentError);
    fake.components = [vault];
    expect(await store.get('wanted')).toMatchObject({ field: 'value' });
  });

  it('is found once it is there, although several others were at first', async () => {
    const others = [
      { ...vault, name: 'first' },
      { ...vault, name: 'second' },
    ];
    const { fake, url } = await startFake({ components: others });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    expect(await rejection(store.get('wanted'))).toBeInstanceOf(AmbiguousSecretStoreError);
    fake.components = [...others, vault];
    expect(await store.get('wanted')).toMatchObject({ field: 'value' });
  });

  it('of getFrom is looked for again in a list that did not have it', async () => {
    const { fake, url } = await startFake({ components: [vault] });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    await store.get('wanted');
    expect(await rejection(store.getFrom('later', 'with_underscore'))).toMatchObject({
      code: 'SECRET_STORE_COMPONENT_NOT_FOUND',
    });
    const secrets = { 'with-underscore': 'value' };
    fake.components = [vault, { name: 'later', type: 'secretstores.azure.keyvault', secrets }];
    expect(await store.getFrom('later', 'with_underscore')).toMatchObject({ with_underscore: 'value' });
  });

  it('whose name no request can have is an error that says so', async () => {
    const { url } = await startFake({ components: [{ ...vault, name: '..' }] });
    const error = await rejection(daprStore({ env: { DAPR_HTTP_ENDPOINT: url } }).get('wanted'));
    expect(error).toMatchObject({ code: 'SECRET_STORE_COMPONENT_NOT_FOUND', kind: 'configuration' });
    expect(String(error)).toContain('".."');
  });

  it('and the secret may have dots and slashes in their names', async () => {
    const name = 'a/../b.c';
    const { fake, url } = await startFake({
      components: [{ ...vault, name, secrets: { [name]: { x: 'y' } } }],
    });
    expect(await daprStore({ env: { DAPR_HTTP_ENDPOINT: url }, component: name }).get(name)).toMatchObject({
      x: 'y',
    });
    expect(fake.requestsTo('/secrets/')[0]?.path).toBe('/v1.0/secrets/a%2F..%2Fb.c/a%2F..%2Fb.c');
  });

  it('has the name of the option, else of ATLAN_DEPLOYMENT_SECRET_COMPONENT', async () => {
    const components = [vault, { ...vault, name: 'from-env' }, { ...vault, name: 'from-option' }];
    const { url } = await startFake({ components });
    const env = { DAPR_HTTP_ENDPOINT: url, ATLAN_DEPLOYMENT_SECRET_COMPONENT: 'from-env' };
    expect((await daprStore({ env }).component()).name).toBe('from-env');
    expect((await daprStore({ env, component: 'from-option' }).component()).name).toBe('from-option');
  });

  it('is the configured one, unseen, when the metadata API is not allowed', async () => {
    const { fake, url } = await startFake({ components: [vault, { ...vault, name: 'other' }] });
    fake.metadataAllowed = false;
    expect(await daprStore({ env: { DAPR_HTTP_ENDPOINT: url } }).get('wanted')).toMatchObject({
      field: 'value',
    });
  });

  it('in Azure Key Vault is asked with hyphens, and answers with the name that was asked for', async () => {
    const secrets = { 'postgres-extraction-client-id': 'the-id' };
    const { url } = await startFake({
      components: [{ name: component, type: 'secretstores.azure.keyvault', secrets }],
    });
    const store = daprStore({ env: { DAPR_HTTP_ENDPOINT: url } });
    expect(await store.get('postgres_extraction_client_id')).toMatchObject({
      postgres_extraction_client_id: 'the-id',
    });
    expect(await store.get('postgres_extraction_client_secret')).toBeUndefined();
  });
});
