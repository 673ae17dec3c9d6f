/** An export that runs, or an option, that needs no row: a pattern of `entry: name` or `Interface.option`, and why. */
export type Exception = readonly [pattern: RegExp, reason: string];

export const exceptions: readonly Exception[] = [
  [/: \w*(?:Error|ErrorCode|ErrorKind|DoctorCode)$/, 'is thrown, or part of it'],
  [
    /: (?:CachedStore|MemoryStore|DaprStore|FileAssertion|FileTokenSource|TokenSink|CertificateLease|ClientCertificate|FoundCredentials|SupervisedWorker|TemporalAuthPlugin|FakeDaprRequest|RecordedRequest)$/,
    'is what a function with a row gives',
  ],
  [
    /^refresh-scheduler: (?:\w*(?:Backoff|Refresh)Policy|backoffDelay|refreshDelay|retryHints|remainingMs|elapsedMs|abortable)$/,
    'is a rule of time, without anything that starts',
  ],
  [
    /: (?:applicationKey|resolveDiscovery|isLoopbackHost|isAllowedTokenUrl|readTokenUrl)$/,
    'says something of a text',
  ],
  [/: (?:healthHandler|observe|prometheusViews|withTraceId)$/, 'shows what has started'],
  [/^SupervisionSettings\.onFatal: exit$/, 'ends the process'],
  [/^testing-fakes: \w*Contract\w*$/, 'tries an implementation'],
  [/^testing-fakes: (?:\w*Faults?|throttledMethods|daprBackEndErrors)$/, 'breaks a server on purpose'],
  [
    /^testing-fakes: (?:TemporalAuthGateway|AuthorizingServer|fakeStack|FakeClock)$/,
    'is another way to start the servers of a cell',
  ],
  [
    /^testing-fakes: (?:assertNoLeak|plantSecret|watchUnhandledRejections)$/,
    'is a tool for tests, not a source',
  ],
];
