/** A statement after which a machine may be in another state. */
export interface Change {
  /** How the statement begins, as it stands in the source. */
  readonly starts: string;
  /** The state before it, as an expression; default that of the machine. */
  readonly before?: string;
  /** The state after it, as an expression; default that of the machine. */
  readonly after?: string;
}

/** A state machine of the packages: where it stands, and how its states are read. */
export interface Machine {
  /** The name of its picture. */
  readonly name: string;
  readonly title: string;
  /** The workspace's package, and the file in it. */
  readonly package: string;
  readonly file: string;
  /** All its states, as a type that is good at the end of the file. */
  readonly states: string;
  /** The state that it is in, as an expression that is good where the changes are. */
  readonly state: string;
  readonly changes: readonly Change[];
  /** Whether each object is a machine of its own, which begins in the state that it is made in. */
  readonly isObject: boolean;
  /** The tests that run it. */
  readonly specs: readonly string[];
}

/** Before a machine is there. */
export const begin = 'begin';

/** All that have a picture. */
export const machines: readonly Machine[] = [
  {
    name: 'refresh-scheduler',
    title: 'A token that is kept fresh: RefreshScheduler',
    package: 'packages/refresh-scheduler',
    file: 'src/refresh-scheduler.ts',
    states: "RefreshSchedulerState['kind']",
    state: 'this.state.kind',
    changes: [
      { starts: 'this.#state =' },
      { starts: 'this.#isStarted =' },
      { starts: 'this.#schedule.succeed(' },
      { starts: 'this.#schedule.fail(' },
      { starts: 'this.#schedule.discard(' },
    ],
    isObject: true,
    specs: [
      'tests/control.spec.ts',
      'tests/discard.spec.ts',
      'tests/failure.spec.ts',
      'tests/progress.spec.ts',
      'tests/refresh-scheduler.spec.ts',
    ],
  },
  {
    name: 'token-monitor',
    title: 'What is known of the token that a connection sends: TokenMonitor',
    package: 'packages/temporal-auth',
    file: 'src/worker/token-monitor.ts',
    states: "TokenHealth['kind']",
    state: 'this.#health.kind',
    changes: [{ starts: 'this.#health =' }],
    isObject: true,
    specs: ['tests/worker/token-monitor.spec.ts'],
  },
  {
    name: 'supervisor',
    title: 'A worker that is replaced when it fails: SupervisedWorker',
    package: 'packages/temporal-auth',
    file: 'src/worker/supervisor.ts',
    states: "'running' | Extract<State<unknown>, { kind: 'between' }>['name']",
    state: "(this.#state.kind === 'running' ? 'running' : this.#state.name)",
    changes: [{ starts: 'this.#state =' }],
    isObject: true,
    specs: ['tests/worker/supervisor.spec.ts', 'tests/worker/supervised-shutdown.spec.ts'],
  },
];
