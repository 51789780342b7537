// What happened at the token endpoint, and the two levers that tests pull.

/** oidc-provider's words for a refresh token that was used before. */
const REUSED = 'refresh token already used';

export class Stats {
  #provider;

  #grants = new Set();

  #secrets = new Set();

  #counts = { code: 0, refresh: 0, reuse: 0, refused: 0, errors: {} };

  constructor(provider) {
    this.#provider = provider;
    provider.on('grant.success', (ctx) => {
      const refresh = ctx.oidc.params.grant_type === 'refresh_token';
      this.#counts[refresh ? 'refresh' : 'code'] += 1;
      this.#grants.add(ctx.oidc.entities.Grant?.jti);
      const { access_token, refresh_token, id_token } = ctx.body;
      const { code, code_verifier } = ctx.oidc.params;
      for (const secret of [access_token, refresh_token, id_token, code, code_verifier]) {
        if (secret) this.#secrets.add(secret);
      }
    });
    provider.on('grant.error', (_ctx, error) => {
      this.#counts.refused += 1;
      this.#counts.errors[error.error] = (this.#counts.errors[error.error] ?? 0) + 1;
      if (error.error_detail === REUSED) this.#counts.reuse += 1;
    });
  }

  /** Status and body for a request under `/__`. */
  async answer(method, path) {
    if (method === 'GET' && path === '/__stats') return [200, this.#counts];
    if (method === 'GET' && path === '/__secrets') return [200, [...this.#secrets]];
    if (method === 'POST' && path === '/__end-grants') return [200, { ended: await this.#endGrants() }];
    return [404, { error: 'not found' }];
  }

  /** As if the users had withdrawn their consent: the next refresh answers `invalid_grant`. */
  async #endGrants() {
    const ended = [...this.#grants];
    this.#grants.clear();
    for (const id of ended) await (await this.#provider.Grant.find(id))?.destroy();
    return ended.length;
  }
}
