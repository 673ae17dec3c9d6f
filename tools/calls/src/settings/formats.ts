import { readTokenUrl } from '@worker-auth/token-manager';
import { isIP } from 'node:net';

/** What a header can hold (RFC 9110 section 5.5), without white space. */
export const visibleAscii = /^[\x21-\x7e]+$/;

/** Longest file of certificates, in bytes. All authorities that a host trusts are a quarter of it. */
export const maxCertificateBytes = 1_048_576;

export interface Format<T> {
  /** What it must be, for the message about a bad value. */
  readonly expected: string;
  /** The value, or `undefined` for a text that makes no sense. */
  readonly parse: (text: string) => T | undefined;
  /** Whether white space at an end of the text is a part of it. Default false. */
  readonly keepsSpace?: boolean;
}

export const anyText = matching(/\S/, 'a text that is not empty');
export const exactText: Format<string> = { ...anyText, keepsSpace: true };
export const applicationName = matching(/\S/, 'the name of the application');
export const filePath = matching(/\S/, 'the path of a file');
export const namespaceName = matching(visibleAscii, 'the name of a Temporal namespace');

export const yesOrNo: Format<boolean> = {
  expected: 'true or false',
  parse: (text) => {
    const isOn = /^(?:true|1|yes|y|on|enabled)$/i.test(text);
    return isOn || /^(?:false|0|no|n|off|disabled)$/i.test(text) ? isOn : undefined;
  },
};

// An underscore is no letter of a host name, but container networks have such names.
const nameOfHost = /^\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*\.?$/;

export const hostName: Format<string> = {
  expected: 'a host name or an address, with neither scheme nor port',
  parse: (text) => (isIP(text) !== 0 || nameOfHost.test(text) ? text : undefined),
};

export const portNumber: Format<number> = {
  expected: 'a port from 1 to 65535',
  // Digits alone: Number() takes hexadecimal and exponents as well.
  parse: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined,
};

function matching(form: RegExp, expected: string): Format<string> {
  return { expected, parse: (text) => (form.test(text) ? text : undefined) };
}

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Format<T> {
  return { expected: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

export function secureUrl(what: string, allowInsecureHttp = false): Format<string> {
  const exception = allowInsecureHttp ? '' : ' (http only to this host itself)';
  return {
    expected: `the https URL of ${what}, with neither user information nor fragment${exception}`,
    parse: (text) => ('url' in readTokenUrl(text, allowInsecureHttp) ? text : undefined),
  };
}

/** `host:port`, `host` or `[address]:port`: its parts as texts; both are empty for anything else. */
export function partsOfAddress(text: string): { readonly host: string; readonly port: string } {
  const [, bracketed = '', port = '7233'] = /^(\[[^[\]]+\]|[^:[\]]+)(?::(.*))?$/.exec(text) ?? [];
  const host = bracketed.replace(/[[\]]/g, '');
  const isAddress = hostName.parse(host) !== undefined && portNumber.parse(port) !== undefined;
  return isAddress ? { host, port } : { host: '', port: '' };
}

/** What has commas between its parts, with spaces in their place. */
export function spaced(text: string): string {
  return text.split(',').join(' ').replace(/ +/g, ' ').trim();
}

/** Where the application-sdk looks for the token endpoint under its base URL. */
export function ofBaseUrl(text: string): string {
  return `${text.replace(/\/+$/, '')}/auth/realms/default/protocol/openid-connect/token`;
}
