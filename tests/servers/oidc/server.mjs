// The authorization server of the end-to-end tests: oidc-provider, certified, kept in memory, as strict as it goes.
// PKCE is required, every refresh rotates the refresh token, and the use of an old one ends the whole grant.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { Stats } from './stats.mjs';

const HOUR = 3600;
const seconds = (name, fallback) => Number(process.env[name] ?? fallback);

/** One key per run: nothing that this server signs outlives it. */
function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' };
}

// `native` makes the provider accept any port of the registered loopback address, which a test cannot know beforehand.
const client = {
  client_id: process.env.OIDC_CLIENT_ID ?? 'tokcore-e2e',
  client_secret: process.env.OIDC_CLIENT_SECRET ?? 'client-secret-canary',
  application_type: 'native',
  token_endpoint_auth_method: process.env.OIDC_AUTH_METHOD ?? 'client_secret_post',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['http://127.0.0.1/oauth_redirect_callback', 'http://127.0.0.1/cb'],
  id_token_signed_response_alg: 'ES256',
};

const configuration = {
  clients: [client],
  claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: sub, email: `${sub}@example.test` }),
  }),
  cookies: { keys: [randomBytes(16).toString('hex')] },
  jwks: { keys: [signingKey()] },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, introspection: { enabled: true } },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  // Also without the scope offline_access, so that one client serves every test.
  issueRefreshToken: () => true,
  ttl: {
    AccessToken: seconds('ACCESS_TOKEN_SECONDS', 3),
    AuthorizationCode: 60,
    IdToken: HOUR,
    RefreshToken: HOUR,
    Interaction: HOUR,
    Session: HOUR,
    Grant: HOUR,
  },
};

const http = createServer();
await new Promise((listening) => http.listen(seconds('PORT', 0), '127.0.0.1', listening));
const address = `http://127.0.0.1:${http.address().port}`;
const provider = new Provider(address, configuration);
const stats = new Stats(provider);
const serve = provider.callback();

http.on('request', async (request, response) => {
  if (!request.url.startsWith('/__')) return serve(request, response);
  const [status, body] = await stats.answer(request.method, request.url);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

console.log(`oidc-server listening on ${address}`);

// No test leaves the server behind: it ends with the runner, and in any case after a while.
process.stdin.resume().on('end', () => process.exit(0));
setTimeout(() => process.exit(0), seconds('MAX_SECONDS', 900) * 1000).unref();
