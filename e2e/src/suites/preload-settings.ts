/** What a process of a suite for TypeScript gets in the variable `SUITE_SETTINGS`, as JSON. */
export interface PreloadSettings {
  /** Of the server that is used in place of `localhost:7233`. */
  readonly address: string;
  /** The Temporal CLI, whose dev servers take the place of downloaded ones. */
  readonly cli: string;
  /** Whether `address` checks tokens, and takes the place of those dev servers too. */
  readonly isOnly: boolean;
  /** Without it there is no plugin. */
  readonly client?: OAuthClient;
}

/** Who gets the tokens of a lane. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  readonly tokenUrl: string;
}
