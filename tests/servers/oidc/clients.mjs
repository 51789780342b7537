// The registered clients: one for each way of proving who one is, and one for each special demand of the server.

import { newKey } from './keys.mjs';

export const CODE = 'authorization_code';
export const REFRESH = 'refresh_token';
export const MACHINE = 'client_credentials';
export const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const EVERY_GRANT = [CODE, REFRESH, MACHINE, DEVICE, EXCHANGE];

/** What a form, a URL and a header each spell in another way. */
const SPECIAL_SECRET = 'colon: plus+ percent%41 and& equals= slash/ quote" back\\ tilde~ end';

// A native client may use any port of a registered loopback address, which a test cannot know beforehand. The last two
// are for people who copy a code, and for platforms that fetch it.
const PATHS = ['/', '/cb', '/callback'];
const REDIRECTS = [
  ...['127.0.0.1', '[::1]', 'localhost'].flatMap((host) => PATHS.map((path) => `http://${host}${path}`)),
  'http://127.0.0.1/oauth_redirect_callback',
  'urn:ietf:wg:oauth:2.0:oob',
  'https://hosted.example.test/oauth/callback',
];

function registration(id, method, grants, rest = {}) {
  const interactive = grants.includes(CODE);
  return {
    client_id: id,
    application_type: 'native',
    token_endpoint_auth_method: method,
    grant_types: grants,
    redirect_uris: interactive ? REDIRECTS : [],
    response_types: interactive ? ['code'] : [],
    id_token_signed_response_alg: 'ES256',
    ...rest,
  };
}

const withSecret = (id, method, grants, secret = `${id}-secret-canary`) =>
  registration(id, method, grants, { client_secret: secret });

/** A client with a key of this run; the server learns the public half, `privateKeys` keeps the other for the tests. */
function withKey(id, method, grants, alg, privateKeys) {
  const { publicJwk, ...key } = newKey(alg, `${id}-key`);
  privateKeys[id] = key;
  return registration(id, method, grants, { jwks: { keys: [publicJwk] } });
}

/** All clients, and the private keys of those that sign, by client id. */
export function register(env) {
  const privateKeys = {};
  const usual = withSecret(
    env.OIDC_CLIENT_ID ?? 'tokcore-e2e',
    env.OIDC_AUTH_METHOD ?? 'client_secret_post',
    EVERY_GRANT,
    env.OIDC_CLIENT_SECRET ?? 'client-secret-canary',
  );
  const clients = [
    usual,
    registration('public', 'none', [CODE, REFRESH, DEVICE]),
    registration('public-par', 'none', [CODE, REFRESH], { require_pushed_authorization_requests: true }),
    registration('public-dpop', 'none', [CODE, REFRESH, DEVICE], { dpop_bound_access_tokens: true }),
    registration('public-dpop-nonce', 'none', [CODE, REFRESH], { dpop_bound_access_tokens: true }),
    registration('short-lived', 'none', [CODE, REFRESH]),
    withSecret('basic', 'client_secret_basic', EVERY_GRANT),
    withSecret('basic-special', 'client_secret_basic', EVERY_GRANT, SPECIAL_SECRET),
    withSecret('post-special', 'client_secret_post', EVERY_GRANT, SPECIAL_SECRET),
    withSecret('secret-jwt', 'client_secret_jwt', EVERY_GRANT, 'secret-jwt-canary-of-at-least-32-bytes'),
    withKey('key-rs256', 'private_key_jwt', EVERY_GRANT, 'RS256', privateKeys),
    withKey('key-es256', 'private_key_jwt', EVERY_GRANT, 'ES256', privateKeys),
    withKey('service-account', 'none', [BEARER], 'RS256', privateKeys),
    { ...withSecret('machine-dpop', 'client_secret_basic', [MACHINE]), dpop_bound_access_tokens: true },
  ];
  return { clients, privateKeys };
}
