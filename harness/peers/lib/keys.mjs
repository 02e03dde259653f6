// A client's key pair for `private_key_jwt` (RFC 7523).
import { generateKeyPairSync, randomUUID, webcrypto } from 'node:crypto';

/** The private key as `openid-client` takes it, and the public one as it is registered. */
export async function keyPair(name) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `${name}-${randomUUID()}`;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await webcrypto.subtle.importKey('jwk', privateKey.export({ format: 'jwk' }), algorithm, false, ['sign']);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
  return { privateKey: { key, kid }, jwks: { keys: [jwk] } };
}
