// Keys of one run, in the forms that JOSE and the tests want.

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

// Node 20 may lock up for good when the garbage collector meets the JWK export of a key object that was just generated.
// A key that was written and read again has nothing to do with its generation.
const PEM = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
};

const KINDS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256', ...PEM }),
};

/** A new key for `alg`: the private half as `pem` and `jwk`, the public one as `publicJwk`. */
export function newKey(alg, kid) {
  const pem = KINDS[alg]().privateKey;
  const named = (key) => ({ ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' });
  return { alg, kid, pem, jwk: named(createPrivateKey(pem)), publicJwk: named(createPublicKey(pem)) };
}
