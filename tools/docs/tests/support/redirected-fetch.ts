// Loaded before a program of a guide: whatever it asks for by `fetch` is asked of the imitation, which is told what that was. The metadata of an
// issuer name a token endpoint below it.
const { IMITATION_URL = '' } = process.env;
const { fetch } = globalThis;
const wellKnown = '/.well-known/openid-configuration';

globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  if (request.url.endsWith(wellKnown)) {
    const issuer = request.url.slice(0, -wellKnown.length);
    const methods = ['client_secret_post', 'client_secret_basic'];
    const metadata = {
      issuer,
      token_endpoint: `${issuer}/token`,
      token_endpoint_auth_methods_supported: methods,
    };
    return Promise.resolve(Response.json(metadata));
  }
  request.headers.set('x-asked-url', request.url);
  return fetch(new Request(IMITATION_URL, request));
};
