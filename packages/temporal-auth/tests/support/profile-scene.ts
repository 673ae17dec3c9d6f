import { FakeClock, FakeTemporalFrontend, RecordingLogger } from '@worker-auth/testing-fakes';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthOptions } from '@worker-auth/calls/settings/auth-options';
import type { TemporalSettings, TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import { TemporalWorkflowClient } from '../../src/facade/temporal-workflow-client.ts';
import { settled } from './scene.ts';

/** A Temporal that takes one API key, and a profile in a file. */
export interface ProfileScene extends AsyncDisposable {
  readonly temporal: FakeTemporalFrontend;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  /** The options that find Temporal by the profile alone, with authentication off. */
  readonly options: AnyAuthOptions & TemporalSettings;
  /** Temporal takes this key, and no other. */
  accept(key: string): void;
  /** Writes the profile anew, with the address of Temporal, and these lines. */
  write(lines: string): Promise<void>;
  createClient(options?: TemporalWorkflowClientOptions): TemporalWorkflowClient;
}

export async function openProfileScene(): Promise<ProfileScene> {
  await using started = new AsyncDisposableStack();
  let accepted = 'first-key';
  const temporal = started.use(
    await FakeTemporalFrontend.start({
      namespaces: ['default', 'extraction'],
      acceptToken: (token) => token === accepted,
    }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'profile-scene-'));
  started.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, 'temporal.toml');
  const clock = new FakeClock({ wallMs: Date.now() });
  const log = new RecordingLogger();
  const options: ProfileScene['options'] = {
    ...{ applicationName: 'postgres-extraction', profile: true, env: { TEMPORAL_CONFIG_FILE: file } },
    ...{ logger: log, bootTimeoutMs: 0, newTokenTimeoutMs: 0, clock, random: () => 0 },
  };
  const owned = started.move();
  return {
    ...{ temporal, clock, log, options },
    accept: (key) => {
      accepted = key;
    },
    write: (lines) =>
      writeFile(
        file,
        `[profile.default]\naddress = "${temporal.address}"\nnamespace = "extraction"\n${lines}\n`,
      ),
    createClient: (given = {}) => {
      const client = new TemporalWorkflowClient({ ...options, ...given } as TemporalWorkflowClientOptions);
      owned.defer(() => settled({ clock, log }, client.close()).catch(() => undefined));
      return client;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
