/** An export, or an option, that needs no row: a pattern of `entry: name` or `Interface.option`, and why. */
export type Exception = readonly [pattern: RegExp, reason: string];

export const exceptions: readonly Exception[] = [
  [/: \w*Error$/, 'is thrown'],
  [/: \w*(?:Error(?:Code|Kind|Options|Details)|DoctorCode)$/, 'is part of what is thrown, or found'],
  [/: (?:\w+Events?|WaitingListener)$/, 'is what a listener is given'],
  [/: (?:\w*Health|Check|Condition|Diagnosis|SourceReport)$/, 'is what health() and the doctor say'],
  [
    /: (?:StartedWorkflow|RefreshSchedulerState|DiscoverySettings|ResolvedCredentials|CredentialConfig|TokenUrlReading)$/,
    'is what a method gives',
  ],
  [
    /: (?:CachedStore|MemoryStore|DaprStore|FileAssertion|FileTokenSource|TokenSink|CertificateLease|ClientCertificate)$/,
    'is what a function with a row gives',
  ],
  [
    /: (?:TemporalAuthPlugin|ClientAuthPlugin|SupervisedWorker|RunnableWorker)$/,
    'is what a function with a row gives',
  ],
  [
    /: (?:GetTokenOptions|\w*ReadOptions|RefreshNowOptions|DiscardOptions|RefreshLease|ClientAssertionContext|WorkerAttempt)$/,
    'is given to methods of ports',
  ],
  [/: (?:Secret|Environment|DaprComponent|Instant|Timer|Lease)$/, 'is plain data of a port'],
  [
    /^refresh-scheduler: (?:backoffDelay|defaultBackoffPolicy|resolveBackoffPolicy|RefreshFailure|RetryHints|retryHints)$/,
    'is a rule of time, without anything that starts',
  ],
  [
    /^refresh-scheduler: (?:defaultRefreshPolicy|refreshDelay|resolveRefreshPolicy|remainingMs|elapsedMs|abortable|OptionsOf)$/,
    'is a rule of time, without anything that starts',
  ],
  [
    /: (?:applicationKey|resolveDiscovery|isLoopbackHost|isAllowedTokenUrl|readTokenUrl)$/,
    'says something of a text',
  ],
  [
    /: (?:healthHandler|HealthHandlerOptions|observe|ObserveOptions|prometheusViews|withTraceId)$/,
    'shows what has started',
  ],
  [/: StartWorkflowOptions$/, "is Temporal's"],
  [/^SupervisionSettings\.onFatal: exit$/, 'ends the process'],
  [/^testing-fakes: \w*Contract\w*$/, 'tries an implementation'],
  [/^testing-fakes: (?:\w+Fixture|\w+UnderTest|DaprMisbehaviour|TestFunctions)$/, 'is part of a contract'],
  [
    /^testing-fakes: \w*(?:Faults?|FaultName|FaultChoice|FaultTarget|Script\w+|ProperResponse|throttledMethods)$/,
    'breaks a server on purpose',
  ],
  [/^testing-fakes: \w+(?:Options|Settings)$/, 'is how a server of a cell is started'],
  [
    /^testing-fakes: (?:TemporalAuthGateway|AuthorizingServer|fakeStack|FakeStack|FakeClock|FrontendClock)$/,
    'is another way to start the servers of a cell',
  ],
  [
    /^testing-fakes: (?:assertNoLeak|plantSecret|watchUnhandledRejections|UnhandledRejections|Activity)$/,
    'is a tool for tests, not a source',
  ],
  [
    /^testing-fakes: (?:DaprVersion|DaprColdStart|DaprEndpoint|FakeSecret|SecretScope|BackEnd\w+|daprBackEndErrors|ServerTls)$/,
    'is how a sidecar or a server of a cell is started',
  ],
  [
    /^testing-fakes: (?:TlsClientAuth|ClientAuthMethod|CertificateAuthMethod|SigningAlgorithm|KeySetSource|JsonWebKeySet)$/,
    'is how the OAuth server of a cell is started',
  ],
  [
    /^testing-fakes: (?:KeyRotation|SigningKeyState|PublicJwk|OAuthEndpoint|TokenChoice|MethodPattern|GrpcStatusName|NamedTask)$/,
    'is given to a method of a server',
  ],
  [
    /^testing-fakes: (?:FakeDaprRequest|Recorded\w+|LogEntry|PresentedCertificate|ClaimedAuthentication|SeenToken|ArrivingRpc)$/,
    'is what a server or a logger has seen',
  ],
  [
    /^testing-fakes: (?:DenialReason|FrontendDenialReason|LoopbackHandler|TestCertificateFiles)$/,
    'is what a server of a cell says or does',
  ],
];
