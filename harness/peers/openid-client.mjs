// A certified OpenID client (npm `openid-client`), unpatched, against the built-in provider. People sign in through the
// pages, by a browser that runs no script.
//
// Set-up: {issuer, address, port, authority, redirect, loggedOut, person: {email, password}}; the answer has the public
// keys of the clients to be registered: `planner` (public), `ward` (FAPI 2.0: keys, PAR, DPoP), `machine` (an API client).
import * as openid from 'openid-client';
import { say, setup, tell, must } from './lib/conversation.mjs';
import { keyPair } from './lib/keys.mjs';
import { Visitor } from './lib/visitor.mjs';
import { wire } from './lib/wire.mjs';

const given = await setup();
const fetch = wire(given);
const issuer = new URL(given.issuer);
const ward = await keyPair('ward');
const machine = await keyPair('machine');
say({ ward: ward.jwks, machine: machine.jwks });

const visitor = new Visitor(fetch, issuer.origin);
const me = new URL('/v1/me', issuer);
const metadata = { id_token_signed_response_alg: 'EdDSA' };
const known = {};

async function discover(name, authentication) {
  const options = { [openid.customFetch]: fetch };
  const configuration = await openid.discovery(issuer, name, metadata, authentication, options);
  // The signature of an ID token too, though it came over TLS.
  openid.enableNonRepudiationChecks(configuration);
  return configuration;
}

async function secrets() {
  const verifier = openid.randomPKCECodeVerifier();
  return { verifier, challenge: await openid.calculatePKCECodeChallenge(verifier), state: openid.randomState(), nonce: openid.randomNonce() };
}

const request = (scope, { challenge, state, nonce }) => ({
  redirect_uri: given.redirect, scope, state, nonce, code_challenge: challenge, code_challenge_method: 'S256',
});

async function redeem(configuration, callback, { verifier, state, nonce }, options) {
  must(callback instanceof URL, `not sent back, but shown “${callback.heading}” (${callback.alert})`);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return openid.authorizationCodeGrant(configuration, callback, checks, undefined, options);
}

/** Asks as whoever is signed in, and agrees if that is asked. */
async function allowed(url) {
  const seen = await visitor.open(url);
  return seen instanceof URL ? seen : visitor.submit(seen, '/oauth2/consent', { decision: 'allow' });
}

async function planner(scope) {
  const secret = await secrets();
  const url = openid.buildAuthorizationUrl(known.planner, request(scope, secret));
  return redeem(known.planner, await allowed(url), secret);
}

async function refused(attempt, code) {
  const error = await attempt.then(() => undefined, (caught) => caught);
  must(error, 'it was not refused');
  must(error.error === code, `refused with ${error.error ?? error.message}, not ${code}`);
}

async function statusOf(configuration, token, options) {
  return (await openid.fetchProtectedResource(configuration, token, me, 'GET', undefined, undefined, options)).status;
}

async function rejected(configuration, token, options) {
  const status = await statusOf(configuration, token, options).catch((error) => error.status ?? error.cause?.[0]?.status ?? 401);
  must(status === 401, `the API answered ${status}`);
}

await tell({
  'a public client discovers the provider': async () => {
    known.planner = await discover('planner', openid.None());
    must(known.planner.serverMetadata().supportsPKCE(), 'PKCE is not announced');
  },
  'nobody is signed in, and prompt=none says so': async () => {
    const secret = await secrets();
    const url = openid.buildAuthorizationUrl(known.planner, { ...request('openid', secret), prompt: 'none' });
    const callback = await visitor.open(url);
    must(callback instanceof URL, `shown “${callback.heading}”`);
    await refused(redeem(known.planner, callback, secret), 'login_required');
  },
  'a wrong password and an unknown address are told the same': async () => {
    const page = await visitor.open('/signin');
    const wrong = await visitor.submit(page, '/signin', { email: given.person.email, password: 'not the password at all' });
    const unknown = await visitor.submit(wrong, '/signin', { email: 'nobody@example.org', password: 'not the password at all' });
    const without = (page) => page.html.replaceAll(/nonce="\w+"/g, '');
    must(wrong.alert && wrong.status === unknown.status && without(wrong) === without(unknown), 'the two pages differ');
  },
  'code and PKCE: sign in, consent, tokens, a signed ID token': async () => {
    const secret = await secrets();
    const scope = 'openid email offline_access profile:read patients:read';
    const page = await visitor.open(openid.buildAuthorizationUrl(known.planner, request(scope, secret)));
    const consent = await visitor.submit(page, '/signin', given.person);
    must(consent.heading?.includes('Planner'), `shown “${consent.heading}” (${consent.alert})`);
    const callback = await visitor.submit(consent, '/oauth2/consent', { decision: 'allow' });
    known.tokens = await redeem(known.planner, callback, secret);
    const claims = known.tokens.claims();
    must(claims.sub && claims.acr && claims.auth_time && claims.sid, 'the ID token lacks sub, acr, auth_time or sid');
    must(known.tokens.refresh_token, 'no refresh token came');
  },
  'the access token opens the API': async () => {
    const status = await statusOf(known.planner, known.tokens.access_token);
    must(status === 200, `the API answered ${status}`);
  },
  'userinfo knows the same subject and the address': async () => {
    const { sub } = known.tokens.claims();
    const info = await openid.fetchUserInfo(known.planner, known.tokens.access_token, sub);
    must(info.email === given.person.email, 'another address');
  },
  'who denies sends access_denied back': async () => {
    const secret = await secrets();
    const url = openid.buildAuthorizationUrl(known.planner, { ...request('openid', secret), prompt: 'consent' });
    const callback = await visitor.submit(await visitor.open(url), '/oauth2/consent', { decision: 'deny' });
    await refused(redeem(known.planner, callback, secret), 'access_denied');
  },
  'a refresh token is rotated': async () => {
    const renewed = await openid.refreshTokenGrant(known.planner, known.tokens.refresh_token);
    must(renewed.refresh_token && renewed.refresh_token !== known.tokens.refresh_token, 'the refresh token stayed');
    must((await statusOf(known.planner, renewed.access_token)) === 200, 'the new access token opens nothing');
    known.renewed = renewed;
  },
  'a refresh token that comes again ends the family': async () => {
    // The answer was not lost: what it brought is used first.
    const latest = await openid.refreshTokenGrant(known.planner, known.renewed.refresh_token);
    await refused(openid.refreshTokenGrant(known.planner, known.tokens.refresh_token), 'invalid_grant');
    await refused(openid.refreshTokenGrant(known.planner, latest.refresh_token), 'invalid_grant');
    await rejected(known.planner, latest.access_token);
  },
  'a revoked refresh token renews nothing': async () => {
    const tokens = await planner('openid offline_access profile:read');
    await openid.tokenRevocation(known.planner, tokens.refresh_token);
    await refused(openid.refreshTokenGrant(known.planner, tokens.refresh_token), 'invalid_grant');
    await rejected(known.planner, tokens.access_token);
  },
  'a confidential client proves itself with a key': async () => {
    known.ward = await discover('ward', openid.PrivateKeyJwt(ward.privateKey));
    known.dpop = openid.getDPoPHandle(known.ward, await openid.randomDPoPKeyPair('ES256'));
  },
  'PAR and DPoP: the request is pushed, the tokens are bound': async () => {
    const secret = await secrets();
    const DPoP = known.dpop;
    const parameters = request('openid offline_access profile:read', secret);
    const url = await openid.buildAuthorizationUrlWithPAR(known.ward, parameters, { DPoP });
    must(!url.searchParams.has('redirect_uri'), 'the request was not pushed');
    known.bound = await redeem(known.ward, await allowed(url), secret, { DPoP });
    must(known.bound.token_type === 'dpop', `the tokens are ${known.bound.token_type}`);
  },
  'a pushed request works once': async () => {
    const secret = await secrets();
    const url = await openid.buildAuthorizationUrlWithPAR(known.ward, request('openid', secret), { DPoP: known.dpop });
    await visitor.open(url);
    const again = await visitor.open(url);
    must(!(again instanceof URL) && again.status === 400, 'it worked again');
  },
  'the bound token opens the API with its proof': async () => {
    const status = await statusOf(known.ward, known.bound.access_token, { DPoP: known.dpop });
    must(status === 200, `the API answered ${status}`);
  },
  'and nothing without it, or with another key': async () => {
    await rejected(known.ward, known.bound.access_token);
    const other = openid.getDPoPHandle(known.ward, await openid.randomDPoPKeyPair('ES256'));
    await rejected(known.ward, known.bound.access_token, { DPoP: other });
  },
  'bound tokens are renewed with the same key': async () => {
    const renewed = await openid.refreshTokenGrant(known.ward, known.bound.refresh_token, undefined, { DPoP: known.dpop });
    must(renewed.token_type === 'dpop', `the tokens are ${renewed.token_type}`);
    known.bound = { ...renewed, claims: known.bound.claims };
  },
  'introspection tells a live token from a revoked one': async () => {
    const token = known.bound.access_token;
    const live = await openid.tokenIntrospection(known.ward, token);
    must(live.active && live.client_id === 'ward', 'a live token is not active');
    await openid.tokenRevocation(known.ward, token);
    const dead = await openid.tokenIntrospection(known.ward, token);
    must(dead.active === false && Object.keys(dead).length === 1, 'a revoked token is described');
    await rejected(known.ward, token, { DPoP: known.dpop });
  },
  'client credentials with private_key_jwt': async () => {
    known.machine = await discover('machine', openid.PrivateKeyJwt(machine.privateKey));
    const { access_token: token, refresh_token: more } = await openid.clientCredentialsGrant(known.machine, { scope: 'profile:read' });
    must(more === undefined, 'a refresh token came');
    must((await statusOf(known.machine, token)) === 200, 'the token opens nothing');
  },
  'signing out at the provider ends what came of the session': async () => {
    const tokens = await planner('openid offline_access profile:read');
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: given.loggedOut, state: 'after' };
    const question = await visitor.open(openid.buildEndSessionUrl(known.planner, parameters));
    must(question.heading === 'Sign out?', `shown “${question.heading}”`);
    const end = await visitor.submit(question, '/oauth2/logout');
    const back = end instanceof URL ? [end.href] : end.links;
    must(back.includes(`${given.loggedOut}?state=after`), 'there is no way back to the client');
    must(visitor.cookie('__Host-session') === undefined, 'the session cookie stays');
    await refused(openid.refreshTokenGrant(known.planner, tokens.refresh_token), 'invalid_grant');
    await rejected(known.planner, tokens.access_token);
  },
  'and the next request finds nobody signed in': async () => {
    const secret = await secrets();
    const page = await visitor.open(openid.buildAuthorizationUrl(known.planner, request('openid', secret)));
    must(page.heading === 'Sign in', `shown “${page.heading}”`);
  },
});
