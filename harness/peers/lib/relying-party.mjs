// A relying party made of npm `openid-client`, and the person whose browser it sends around.
import * as openid from 'openid-client';
import { must } from './conversation.mjs';
import { Visitor } from './visitor.mjs';
import { wire } from './wire.mjs';

const METADATA = { id_token_signed_response_alg: 'EdDSA' };

export class RelyingParty {
  constructor(given) {
    this.given = given;
    this.issuer = new URL(given.issuer);
    this.fetch = wire(given);
    this.visitor = new Visitor(this.fetch, this.issuer.origin);
  }

  /** A configuration by discovery. ID tokens are verified by their signature too, though they come over TLS. */
  async discover(name, authentication) {
    const options = { [openid.customFetch]: this.fetch };
    const configuration = await openid.discovery(this.issuer, name, METADATA, authentication, options);
    openid.enableNonRepudiationChecks(configuration);
    return configuration;
  }

  /** What a request for these scopes says, and what must be remembered of it. */
  async request(scope) {
    const secret = { verifier: openid.randomPKCECodeVerifier(), state: openid.randomState(), nonce: openid.randomNonce() };
    const parameters = {
      redirect_uri: this.given.redirect, scope, state: secret.state, nonce: secret.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(secret.verifier), code_challenge_method: 'S256',
    };
    return { parameters, secret };
  }

  /** Changes the code of an answer for tokens. */
  redeem(configuration, callback, { verifier, state, nonce }, options) {
    must(callback instanceof URL, `not sent back, but shown “${callback.heading}” (${callback.alert})`);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return openid.authorizationCodeGrant(configuration, callback, checks, undefined, options);
  }

  /** Asks as whoever is signed in, and agrees if that is asked. */
  async allowed(url) {
    const seen = await this.visitor.open(url);
    return seen instanceof URL ? seen : this.visitor.submit(seen, '/oauth2/consent', { decision: 'allow' });
  }

  /** Tokens for whoever is signed in. */
  async tokens(configuration, scope) {
    const { parameters, secret } = await this.request(scope);
    return this.redeem(configuration, await this.allowed(openid.buildAuthorizationUrl(configuration, parameters)), secret);
  }

  /** How the API answers to a token. */
  async answer(configuration, token, { path = '/v1/me', ...options } = {}) {
    const url = new URL(path, this.issuer);
    const asked = openid.fetchProtectedResource(configuration, token, url, 'GET', undefined, undefined, options);
    return asked.then(({ status }) => status, (error) => {
      // The library throws what it reads in `WWW-Authenticate`.
      must(error.status, error.message);
      return error.status;
    });
  }

  async opens(configuration, token, options) {
    const status = await this.answer(configuration, token, options);
    must(status === 200, `the API answered ${status}`);
  }

  async opensNothing(configuration, token, options) {
    const status = await this.answer(configuration, token, options);
    must(status === 401, `the API answered ${status}`);
  }
}

/** The attempt must be refused with this OAuth error. */
export async function refused(attempt, code) {
  const error = await Promise.resolve(attempt).then(() => undefined, (caught) => caught);
  must(error, 'it was not refused');
  must(error.error === code, `refused with ${error.error ?? error.message}, not ${code}`);
}
