// What the authorization server demands and offers: PKCE always, a new refresh token with every refresh.

import { randomBytes } from 'node:crypto';

import { errors } from 'oidc-provider';

import { newKey } from './keys.mjs';

const HOUR = 3600;

/** The protected resources, by identifier; the first has metadata of its own and is served here. */
const resources = (address) => ({
  [`${address}/api`]: { scope: 'read write', accessTokenFormat: 'opaque' },
  'https://opaque.example.test/': { scope: 'read write', accessTokenFormat: 'opaque' },
  'https://jwt.example.test/': { scope: 'read write', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } },
});

function resourceServer(known, identifier) {
  const found = known[identifier];
  if (!found) throw new errors.InvalidTarget();
  return { ...found, audience: identifier };
}

/** `lifetimes.accessToken`, in seconds, is read for each token: tests change it. */
export function configuration(address, clients, lifetimes) {
  const known = resources(address);
  const accessTokenTtl = (_ctx, _token, client) => (client.clientId === 'short-lived' ? 1 : lifetimes.accessToken);
  return {
    clients,
    scopes: ['openid', 'offline_access', 'read', 'write'],
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: sub, email: `${sub}@example.test` }),
    }),
    cookies: { keys: [randomBytes(16).toString('hex')] },
    // Nothing that this server signs outlives its run.
    jwks: { keys: [newKey('ES256', 'server-key').jwk] },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      dPoP: {
        enabled: true,
        nonceSecret: randomBytes(32),
        requireNonce: (ctx) => ctx.oidc.client?.clientId === 'public-dpop-nonce',
      },
      introspection: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, identifier) => resourceServer(known, identifier),
      },
      revocation: { enabled: true },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // Also without the scope offline_access, so that one client serves every test.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    ttl: {
      AccessToken: accessTokenTtl,
      ClientCredentials: accessTokenTtl,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: HOUR,
      RefreshToken: HOUR,
      Interaction: HOUR,
      Session: HOUR,
      Grant: HOUR,
    },
  };
}
