import { credentials } from '@grpc/grpc-js';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { plaintextWarning, type Reached } from '../../src/connections/temporal-tls.ts';

function warningsOf(...all: readonly Reached[]): readonly unknown[] {
  const log = new RecordingLogger();
  const check = plaintextWarning(log);
  for (const reached of all) check(reached);
  return log.entries.map(({ level, message, meta }) => ({ level, message, meta }));
}

describe('plaintextWarning', () => {
  it.each(['temporal.example.com:7233', '10.0.0.1', '10.0.0.1:7233', '[2001:db8::1]:1'])(
    'warns once of a token that goes to %s in plaintext',
    (address) => {
      const reached = { address, tls: false };
      const message = 'The access token goes to Temporal unencrypted: set tls, unless the network sees to it';
      expect(warningsOf(reached, reached)).toEqual([{ level: 'WARN', message, meta: { address } }]);
    },
  );

  it('warns of each address', () => {
    expect(warningsOf({ address: 'one:1', tls: false }, { address: 'two:1', tls: false })).toHaveLength(2);
  });

  it.each<Reached>([
    { address: 'temporal.example.com:7233', tls: true },
    { address: 'temporal.example.com:7233', tls: {} },
    { address: 'temporal.example.com:7233', tls: false, credentials: credentials.createInsecure() },
    { address: '[::1]:7233', tls: false },
    { address: '127.0.0.1:7233', tls: false },
    { address: 'localhost', tls: false },
    { tls: false },
  ])('says nothing of %j', (reached) => {
    expect(warningsOf(reached)).toEqual([]);
  });
});
