import { isLoopbackHost, checkObject } from '@worker-auth/internal';

/** A URL that a token may be asked of, or why it is none; the reason never quotes more than the origin. */
export type TokenUrlReading = { readonly url: URL } | { readonly problem: string };

/**
 * Whether secrets may be sent to a URL: https, or http to this host itself, since what leaves in plain text must not leave the host.
 *
 * @param allowInsecureHttp whether http to other hosts is allowed too
 */
export function isAllowedTokenUrl(url: URL, allowInsecureHttp: boolean): boolean {
  checkObject('url', url);
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowInsecureHttp || isLoopbackHost(url.hostname));
}

/** Reads a URL to which secrets are to be sent. */
export function readTokenUrl(value: string | URL, allowInsecureHttp: boolean): TokenUrlReading {
  const text = typeof value === 'string' ? value : String((Object(value) as Partial<URL>).href);
  if (!URL.canParse(text)) return { problem: 'must be an absolute URL' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return { problem: 'must have neither user information nor a fragment' };
  }
  if (isAllowedTokenUrl(url, allowInsecureHttp)) return { url };
  return {
    problem:
      `must be https, since client secrets are sent to it; received ${url.origin}. ` +
      'Only this host itself may be http. Only if you know that the network encrypts, set allowInsecureHttp',
  };
}

/** A URL without the slash at its end. */
export function trimSlash(text: string): string {
  return text.replace(/\/$/, '');
}
