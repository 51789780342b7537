// A protected resource beside the authorization server: who am I, as the access token says.
//
// GET /api answers any valid bearer token, GET /api/write wants the scope `write`. Refusals carry the challenges of
// RFC 6750 with the metadata address of RFC 9728, which is served too.

const METADATA = '/.well-known/oauth-protected-resource/api';

export class Resource {
  #address;

  #provider;

  constructor(address, provider) {
    this.#address = address;
    this.#provider = provider;
  }

  /** Status, body and headers, or nothing when the path belongs to somebody else. */
  async answer(request) {
    const path = request.url.split('?')[0];
    if (path === METADATA) return [200, this.#metadata(), {}];
    if (path === '/api') return this.#check(request, undefined);
    if (path === '/api/write') return this.#check(request, 'write');
    return undefined;
  }

  #metadata() {
    return {
      resource: `${this.#address}/api`,
      authorization_servers: [this.#address],
      scopes_supported: ['read', 'write'],
      bearer_methods_supported: ['header'],
    };
  }

  async #check(request, scope) {
    const [, value] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!value) return this.#refuse(401);
    const token = await this.#provider.AccessToken.find(value) ?? await this.#provider.ClientCredentials.find(value);
    if (!token?.isValid || token.jkt) return this.#refuse(401, 'invalid_token');
    if (scope && !token.scopes.has(scope)) return this.#refuse(403, 'insufficient_scope', scope);
    const { accountId, clientId, scope: granted, aud } = token;
    return [200, { sub: accountId ?? clientId, client_id: clientId, scope: granted, aud }, {}];
  }

  #refuse(status, error, scope) {
    const parts = { realm: 'api', resource_metadata: this.#address + METADATA, error, scope };
    const challenge = Object.entries(parts).filter(([, value]) => value).map(([name, value]) => `${name}="${value}"`);
    return [status, { error: error ?? 'no token' }, { 'www-authenticate': `Bearer ${challenge.join(', ')}` }];
  }
}
