import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CredentialsNotFoundError, SecretStoreErrorCode } from '@worker-auth/secret-store';
import { expect, it } from 'vitest';
import { problem, problemOf, ProblemFound } from '../../src/doctor/problem.ts';
import { tlsExpected } from '@worker-auth/calls/errors/own-errors';

const packages = join(import.meta.dirname, '../../..');

it('the first sentence of an error is the cause, and the rest is the remedy', () => {
  expect(problemOf(tlsExpected({ address: 'a:1', namespace: 'b' }))).toMatchObject({
    cause: 'Cannot reach Temporal at a:1 for namespace "b": it speaks TLS, and TLS is off here.',
    remedy: expect.stringMatching(/^Set tls: true, .*\.$/) as string,
  });
  expect(problemOf(new RangeError('timeoutMs must be above 0'))).toMatchObject({
    cause: 'timeoutMs must be above 0.',
    remedy: 'Correct it, or leave it out.',
  });
});

it('of an error about sources the list is evidence, and the line below it the remedy', () => {
  const message = 'OAuth2 credentials not found. Looked at:\n- a: no client id\n- b: nothing\nSet both.';
  const error = new CredentialsNotFoundError(message, {
    code: SecretStoreErrorCode.credentialsNotFound,
    searchedSources: [],
  });
  expect(problemOf(error)).toEqual({
    code: SecretStoreErrorCode.credentialsNotFound,
    cause: 'OAuth2 credentials not found.',
    remedy: 'Set both.',
    evidence: ['a: no client id', 'b: nothing'],
  });
});

it('a problem has cause and remedy apart, whatever others put into the cause', () => {
  const found = new ProblemFound('DOCTOR_NO_SIDECAR', 'It says "a\nb". It does.', 'Do.');
  expect(problemOf(found)).toEqual(problem('DOCTOR_NO_SIDECAR', 'It says "a b". It does.', 'Do.'));
  expect(found.problem).toMatchObject({ cause: 'It says "a b". It does.', remedy: 'Do.' });
});

it('no error has its remedy in the sentence of its cause', () => {
  const advice =
    /Error\([^;]*[`'"][^`'"]*: (?:allow|check|configure|correct|give|have|set|turn) [^`'"]*[`'"]/g;
  // Those of the command line are for it alone.
  const files = globSync('{refresh-scheduler,secret-store,token-manager,temporal-auth}/src/**/*.ts', {
    cwd: packages,
    exclude: ['temporal-auth/src/cli/**'],
  });
  const found = files.flatMap((file) => readFileSync(join(packages, file), 'utf8').match(advice) ?? []);
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
