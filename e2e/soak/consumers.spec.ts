import { createRequire } from 'node:module';
import * as scheduler from '@worker-auth/refresh-scheduler';
import * as store from '@worker-auth/secret-store';
import * as kit from '@worker-auth/testing-fakes';
import * as tokens from '@worker-auth/token-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, createConsumer } from '../src/consumers/consumer.ts';
import { frameworks } from '../src/consumers/frameworks.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { publishAll } from '../src/registry/publish-all.ts';
import { startRegistry } from '../src/registry/registry.ts';

type DefineSuite = (given: Readonly<Record<string, unknown>>) => void;

const defineSuite = createRequire(import.meta.url)('../consumers/suite.cjs') as DefineSuite;

/** The names of the suite's tests: what every framework has to run. */
function testNames(): readonly string[] {
  const names: string[] = [];
  defineSuite({
    kit,
    store,
    tokens,
    scheduler,
    describe: (_name: string, body: () => void) => {
      body();
    },
    it: (name: string) => {
      names.push(name);
    },
  });
  return names;
}

await describeWith(['verdaccio'], 'the packages of a registry', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    await using registry = await startRegistry();
    await publishAll(registry);
    consumer = await createConsumer(registry);
  }, 300_000);
  afterAll(() => consumer[Symbol.asyncDispose]());

  describe.each(frameworks)('under $name,', (framework) => {
    it('keep every contract, and every fake works', async (context) => {
      if (!(await consumer.has(framework))) context.skip(`no npm package has it for ${process.platform}`);
      const { passed, failed, output } = await consumer.run(framework);
      const missing = failed > 0 || passed === 0 ? output : '';
      expect({ passed, failed, missing }).toEqual({
        passed: expected(framework.name),
        failed: 0,
        missing: '',
      });
    }, 180_000);

    it('have a fault told, with the promise that it breaks', async (context) => {
      if (!(await consumer.has(framework))) context.skip(`no npm package has it for ${process.platform}`);
      const { failed, output } = await consumer.run(framework, { BROKEN: 'true' });
      expect(failed).toBeGreaterThan(0);
      expect(output.replaceAll(/\s+/g, ' ')).toContain('This promise is broken: "Calls `callback` once');
    }, 60_000);
  });

  it('the kit is a program as well', async () => {
    expect(await consumer.npx(['@worker-auth/testing-fakes', '--help'])).toMatch(
      /^Fakes of everything.*\n {2}oauth .*\n {2}dapr /s,
    );
  }, 60_000);
});

/** Bun tells nobody which timers keep the process alive, so its list has a case less. */
function expected(framework: string): number {
  return testNames().length - (framework === 'bun' ? 1 : 0);
}
