/** What a process of a suite for TypeScript gets in the variable `SUITE_SETTINGS`, as JSON. */
export interface PreloadSettings {
  /** Of the server that is used in place of `localhost:7233`. */
  readonly address: string;
  /** The Temporal CLI, whose dev servers take the place of downloaded ones. */
  readonly cli: string;
  /** Starts a server that checks tokens, in place of each of those dev servers. */
  readonly authorizer?: { readonly command: string; readonly args: readonly string[] };
  /** Without it there is no plugin. */
  readonly client?: OAuthClient;
}

/** Who gets the tokens of a lane. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  readonly tokenUrl: string;
}

/** Of the environment of a process that is to load `preload.ts` first. */
export function preloaded(settings: PreloadSettings | undefined): Readonly<Record<string, string>> {
  const preload = new URL('preload.ts', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, SUITE_SETTINGS: JSON.stringify(settings) };
}
