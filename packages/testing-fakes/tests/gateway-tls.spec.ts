import { status } from '@grpc/grpc-js';
import { generate } from 'selfsigned';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, it } from 'vitest';
import { TemporalAuthGateway } from '../src/index.ts';
import { BytesClient } from './support/grpc.ts';
import { createIssuer } from './support/issuer.ts';
import { TemporalEcho } from './support/temporal-echo.ts';

const issuer = await createIssuer();
const token = await issuer.mint();
const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
  algorithm: 'sha256',
  extensions: [
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'localhost' },
        { type: 7, ip: '127.0.0.1' },
      ],
    },
  ],
});
const tls = { cert: pem.cert, key: pem.private };

it('serves TLS with the certificate that it is given', async () => {
  await using echo = await TemporalEcho.start();
  await using gateway = new TemporalAuthGateway({ upstream: echo.address, jwks: issuer.jwks, tls });
  const { address } = await gateway.start();
  using trusting = new BytesClient(address, pem.cert);
  expect((await trusting.unary('DescribeNamespace', { token })).code).toBe(status.OK);
  using plain = new BytesClient(address);
  expect((await plain.unary('DescribeNamespace', { token })).code).toBe(status.UNAVAILABLE);
});

it('reaches a frontend over TLS when its address is an https: URL', async () => {
  await using echo = await TemporalEcho.start();
  await using inner = new TemporalAuthGateway({ upstream: echo.address, jwks: issuer.jwks, tls });
  const upstream = `https://${(await inner.start()).address}`;
  await using outer = new TemporalAuthGateway({ upstream, jwks: issuer.jwks });
  using client = new BytesClient((await outer.start()).address);
  expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.UNAVAILABLE);
  setDefaultCACertificates([...getCACertificates('default'), pem.cert]);
  expect((await client.unary('DescribeNamespace', { token })).code).toBe(status.OK);
});
