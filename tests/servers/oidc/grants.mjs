// Two grants that oidc-provider leaves to its users: token exchange (RFC 8693) and JWT bearer (RFC 7523).

import { createLocalJWKSet, jwtVerify } from 'jose';
import { errors } from 'oidc-provider';

import { BEARER, EXCHANGE } from './clients.mjs';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

function required(ctx, ...names) {
  for (const name of names) {
    if (!ctx.oidc.params[name]) throw new errors.InvalidRequest(`missing required parameter ${name}`);
  }
}

/** An access token for `accountId`, under a grant of its own, as the body of the answer. */
async function issue(provider, ctx, accountId, scope) {
  const { client } = ctx.oidc;
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const token = new provider.AccessToken({ accountId, client, grantId: await grant.save(), gty: 'custom', scope });
  ctx.oidc.entity('AccessToken', token);
  ctx.oidc.entity('Grant', grant);
  return { access_token: await token.save(), expires_in: token.expiration, scope, token_type: 'Bearer' };
}

/** Only access tokens of this server are exchanged, and never for more scope than they have. */
async function exchange(provider, ctx) {
  const { params } = ctx.oidc;
  required(ctx, 'subject_token', 'subject_token_type');
  for (const name of ['subject_token_type', 'requested_token_type']) {
    if ((params[name] ?? ACCESS_TOKEN) !== ACCESS_TOKEN) throw new errors.InvalidRequest(`${name} is not supported`);
  }
  if (params.audience && ![params.audience].flat().includes('https://opaque.example.test/')) {
    throw new errors.InvalidTarget();
  }
  const subject = await provider.AccessToken.find(params.subject_token);
  if (!subject) throw new errors.InvalidRequest('subject_token is not valid');
  const scope = params.scope ?? subject.scope;
  if (scope.split(' ').some((one) => !subject.scopes.has(one))) {
    throw new errors.InvalidScope('more than the subject has', scope);
  }
  ctx.body = { ...(await issue(provider, ctx, subject.accountId, scope)), issued_token_type: ACCESS_TOKEN };
}

/** The assertion is signed with the client's own key: a service account, which may name a user as its subject. */
async function bearer(provider, ctx) {
  required(ctx, 'assertion');
  const { client, params } = ctx.oidc;
  const claims = await jwtVerify(params.assertion, createLocalJWKSet(client.jwks), {
    issuer: client.clientId,
    audience: [provider.issuer, `${provider.issuer}/token`],
    requiredClaims: ['iss', 'sub', 'aud', 'exp'],
    maxTokenAge: '1h',
    clockTolerance: 5,
  }).then(({ payload }) => payload, (cause) => {
    throw new errors.InvalidGrant(`assertion: ${cause.message}`);
  });
  ctx.body = await issue(provider, ctx, claims.sub, params.scope ?? claims.scope ?? 'read');
}

export function registerGrants(provider) {
  const exchangeParams = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope'];
  provider.registerGrantType(EXCHANGE, (ctx) => exchange(provider, ctx), exchangeParams, ['audience']);
  provider.registerGrantType(BEARER, (ctx) => bearer(provider, ctx), ['assertion', 'scope']);
}
