import { codeBlocks } from '@worker-auth/workspace/markdown-blocks';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageName } from './publish-all.ts';

/** Specs by the project that has them. */
export type Specs = Readonly<Record<string, readonly string[]>>;

/** Some of the tests of some specs. */
export interface ChosenSpecs {
  readonly specs: Specs;
  /** Of vitest. */
  readonly options: readonly string[];
}

/** A package, and what its pages want of whoever follows them. */
export interface Subject {
  readonly name: PackageName;
  /** The pages that are packed and have something to run. */
  readonly pages: readonly string[];
  /** What the examples after the first import beside the package. The pages say in words that it is wanted; npm installs it after their own commands. */
  readonly more: readonly string[];
  /** Whose declarations the examples need, and nothing that runs. Default nothing. */
  readonly typesOnly?: readonly string[];
  /** The entry that is compiled alone as well, since the declarations of what the others need are wrong by themselves. Default none. */
  readonly apart?: string;
  /** The test of the first example, which needs nothing but what the README's first command installs. */
  readonly first: ChosenSpecs;
  /** The specs that run the examples, by the project that has them. */
  readonly specs: Specs;
  /** Those of Bun and Deno, where not all that runs on Node does. Default the same. */
  readonly elsewhere?: ChosenSpecs;
}

const workspace = join(import.meta.dirname, '../../..');

/** The packages that are published. */
export const subjects: readonly Subject[] = [
  {
    name: 'refresh-scheduler',
    pages: ['README.md'],
    more: [],
    first: {
      specs: { 'packages/refresh-scheduler': ['tests/readme.spec.ts'] },
      options: ['--testNamePattern', 'begins with an example'],
    },
    specs: { 'packages/refresh-scheduler': ['tests/readme.spec.ts'] },
  },
  {
    name: 'token-manager',
    pages: ['README.md', 'docs/client-authentication.md', 'docs/file-tokens.md', 'docs/providers.md'],
    more: ['@aws-sdk/client-sts@3.1169.0'],
    first: {
      specs: { 'packages/token-manager': ['soak/readme.spec.ts'] },
      options: ['--testNamePattern', 'starts with an example'],
    },
    specs: { 'packages/token-manager': ['soak/readme.spec.ts'] },
  },
  {
    name: 'secret-store',
    pages: ['README.md', 'docs/dapr.md', 'docs/secret-service.md'],
    more: ['@dapr/dapr@3.18.0', '@worker-auth/testing-fakes'],
    apart: '@worker-auth/secret-store',
    first: {
      specs: { 'packages/secret-store': ['soak/readme.spec.ts'] },
      options: ['--testNamePattern', 'start with an example'],
    },
    specs: { 'packages/secret-store': ['soak/readme.spec.ts'] },
  },
  {
    name: 'testing-fakes',
    pages: [
      ...[
        'README.md',
        'docs/command-line.md',
        'docs/contracts.md',
        'docs/dapr-sidecar.md',
        'docs/fake-clock.md',
      ],
      ...['docs/fakes.md', 'docs/frontend.md', 'docs/gateway-faults.md', 'docs/oauth-server.md'],
      'docs/oauth-client-authentication.md',
      ...['docs/recipes.md', 'docs/recipes-temporal.md', 'docs/servers.md'],
    ],
    more: [
      ...['@worker-auth/token-manager', '@worker-auth/secret-store', '@worker-auth/temporal-auth'],
      '@temporalio/testing@1.24.0',
    ],
    typesOnly: ['@temporalio/worker@1.24.0'],
    first: {
      specs: { 'packages/testing-fakes': ['soak/readme.spec.ts'] },
      options: ['--testNamePattern', "example of '@worker-auth/testing-fakes'"],
    },
    specs: { 'packages/testing-fakes': ['soak/readme.spec.ts'], e2e: ['soak/fakes-recipes.spec.ts'] },
    // The others print objects, which each of them does in its own way, or wait for real requests of Node.
    elsewhere: {
      specs: { 'packages/testing-fakes': ['soak/readme.spec.ts'] },
      options: ['--testNamePattern', 'An expired token|An outage|A slow server|A clock that jumps'],
    },
  },
  {
    name: 'temporal-auth',
    pages: [
      ...[
        'README.md',
        'docs/client.md',
        'docs/doctor.md',
        'docs/handle-errors.md',
        'docs/health.md',
        'docs/metrics.md',
      ],
      ...['docs/migrate-from-python.md', 'docs/network.md', 'docs/plugin.md', 'docs/refused-tokens.md'],
      ...['docs/profiles.md', 'docs/workers.md', 'monitoring/README.md'],
    ],
    more: [
      ...['@opentelemetry/api@1.9.1', '@opentelemetry/exporter-prometheus@0.223.0'],
      ...['@opentelemetry/sdk-metrics@2.12.0', '@temporalio/envconfig@1.24.0'],
    ],
    apart: '@worker-auth/temporal-auth/client',
    first: {
      specs: { e2e: ['soak/readme-temporal-auth.spec.ts'] },
      options: ['--testNamePattern', 'the worker of the README'],
    },
    specs: {
      'packages/temporal-auth': [
        ...['soak/readme.spec.ts', 'tests/source-document.spec.ts', 'tests/migration-guide.spec.ts'],
        'tests/opentelemetry/metrics-example.spec.ts',
      ],
      e2e: ['soak/readme-temporal-auth.spec.ts'],
    },
    // Temporal's SDK is made for Node: a token, and no worker.
    elsewhere: {
      specs: { e2e: ['soak/readme-temporal-auth.spec.ts'] },
      options: ['--testNamePattern', 'carries the token'],
    },
  },
];

/** What a README tells its reader to install, word for word: the block or the text with that command. The package's own comes first. */
export async function installCommands(name: PackageName): Promise<readonly string[]> {
  const page = join(workspace, 'packages', name, 'publish/README.md');
  const text = await readFile(page, 'utf8');
  const inText = /`(npm install [^`\n]+)`/.exec(text)?.[1];
  const inBlocks = codeBlocks(text)
    .map(({ code }) => code.trim())
    .filter((code) => /^npm install [^\n]+$/.test(code));
  const commands = inBlocks.length > 0 ? inBlocks : inText === undefined ? [] : [inText];
  if (commands.length === 0) throw new Error(`The README of ${name} does not say how to install it`);
  return commands;
}
