// What happened at the server, and the levers that tests pull.

import { BEARER, CODE, DEVICE, EXCHANGE, MACHINE, REFRESH } from './clients.mjs';

/** oidc-provider's words for a refresh token that was used before. */
const REUSED = 'refresh token already used';

const NAMES = {
  [CODE]: 'code',
  [REFRESH]: 'refresh',
  [MACHINE]: 'machine',
  [DEVICE]: 'device',
  [EXCHANGE]: 'exchange',
  [BEARER]: 'bearer',
};

/** What must never be seen outside of a request, in requests and in answers. */
const SECRET_PARAMS = ['code', 'code_verifier', 'device_code', 'client_assertion', 'assertion', 'subject_token'];
const SECRET_MEMBERS = ['access_token', 'refresh_token', 'id_token', 'device_code'];

export class Stats {
  #provider;

  #privateKeys;

  #lifetimes;

  #grants = new Set();

  #accessTokens = new Set();

  #secrets = new Set();

  #counts = {
    ...Object.fromEntries(Object.values(NAMES).map((name) => [name, 0])), reuse: 0, refused: 0, errors: {}, requests: {},
  };

  constructor(provider, privateKeys, lifetimes) {
    this.#provider = provider;
    this.#privateKeys = privateKeys;
    this.#lifetimes = lifetimes;
    provider.on('grant.success', (ctx) => this.#granted(ctx));
    provider.on('device_authorization.success', (_ctx, body) => this.#keep(body, SECRET_MEMBERS));
    provider.on('grant.error', (_ctx, error) => {
      this.#counts.refused += 1;
      this.#counts.errors[error.error] = (this.#counts.errors[error.error] ?? 0) + 1;
      if (error.error_detail === REUSED) this.#counts.reuse += 1;
    });
  }

  /** Counts a request by its path, whatever becomes of it. */
  request(path) {
    this.#counts.requests[path] = (this.#counts.requests[path] ?? 0) + 1;
  }

  /** Status and body for a request under `/__`. */
  async answer(method, path) {
    const [, seconds] = /^\/__lifetime\/(\d+)$/.exec(path) ?? [];
    if (seconds && method === 'POST') {
      this.#lifetimes.accessToken = Number(seconds);
      return [200, this.#lifetimes];
    }
    switch (`${method} ${path}`) {
      case 'GET /__stats': return [200, this.#counts];
      case 'GET /__secrets': return [200, [...this.#secrets]];
      case 'GET /__keys': return [200, this.#privateKeys];
      case 'POST /__end-grants': return [200, { ended: await this.#end(this.#provider.Grant, this.#grants) }];
      case 'POST /__end-access-tokens': return [200, { ended: await this.#endAccessTokens() }];
      default: return [404, { error: 'not found' }];
    }
  }

  #granted(ctx) {
    this.#counts[NAMES[ctx.oidc.params.grant_type]] += 1;
    if (ctx.oidc.entities.Grant) this.#grants.add(ctx.oidc.entities.Grant.jti);
    this.#accessTokens.add(ctx.body.access_token);
    this.#keep(ctx.oidc.params, SECRET_PARAMS);
    this.#keep(ctx.body, SECRET_MEMBERS);
  }

  #keep(values, names) {
    for (const name of names) if (values?.[name]) this.#secrets.add(values[name]);
  }

  /** Grants: as if the users had withdrawn their consent, so that the next refresh answers `invalid_grant`. */
  async #end(model, ids) {
    const ended = [...ids];
    ids.clear();
    for (const id of ended) await (await model.find(id))?.destroy();
    return ended.length;
  }

  /** Access tokens only: the resource answers 401 to a token that its holder believes to be fresh; refreshing helps. */
  async #endAccessTokens() {
    const ended = new Set(this.#accessTokens);
    await this.#end(this.#provider.ClientCredentials, new Set(ended));
    return this.#end(this.#provider.AccessToken, ended);
  }
}
