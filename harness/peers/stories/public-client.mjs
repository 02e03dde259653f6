// What a public client does: it can keep no secret, and has PKCE.
import * as openid from 'openid-client';
import { must } from '../lib/conversation.mjs';
import { refused } from '../lib/relying-party.mjs';
import { Visitor } from '../lib/visitor.mjs';

/** A form as the client's own page sends it. */
const byForm = (body) => ({
  method: 'POST', headers: { origin: 'https://planner.example', 'sec-fetch-site': 'cross-site' }, body: new URLSearchParams(body),
});

export function publicClient(party, given) {
  const { visitor } = party;
  let planner;
  let tokens;
  let renewed;
  const url = (parameters, more = {}) => openid.buildAuthorizationUrl(planner, { ...parameters, ...more });

  return {
    'a public client discovers the provider': async () => {
      planner = await party.discover('planner', openid.None());
      must(planner.serverMetadata().supportsPKCE(), 'PKCE is not announced');
    },
    'nobody is signed in, and prompt=none says so': async () => {
      const { parameters, secret } = await party.request('openid');
      const callback = await visitor.open(url(parameters, { prompt: 'none' }));
      must(callback instanceof URL, `shown “${callback.heading}”`);
      await refused(party.redeem(planner, callback, secret), 'login_required');
    },
    'a wrong password and an unknown address are told the same': async () => {
      const page = await visitor.open('/signin');
      const password = 'not the password at all';
      const wrong = await visitor.submit(page, '/signin', { email: given.person.email, password });
      const unknown = await visitor.submit(wrong, '/signin', { email: 'nobody@example.org', password });
      // But for the address, which stands in its field again.
      const without = ({ html }) => html.replaceAll(/nonce="\w+"|value="[^"]+@[^"]+"/g, '');
      must(wrong.alert && wrong.status === unknown.status && without(wrong) === without(unknown), 'the two pages differ');
    },
    'code and PKCE: sign in, agree, tokens, a signed ID token': async () => {
      const { parameters, secret } = await party.request('openid email offline_access profile:read patients:read');
      const page = await visitor.open(url(parameters));
      const question = await visitor.submit(page, '/signin', given.person);
      must(question.heading?.includes('Ward Planner'), `shown “${question.heading}” (${question.alert})`);
      const callback = await visitor.submit(question, '/oauth2/consent', { decision: 'allow' });
      tokens = await party.redeem(planner, callback, secret);
      const claims = tokens.claims();
      must(claims.sub && claims.acr && claims.auth_time && claims.sid, 'the ID token lacks sub, acr, auth_time or sid');
      must(tokens.refresh_token, 'no refresh token came');
    },
    'a code works once': async () => {
      const { parameters, secret } = await party.request('openid profile:read');
      const callback = await party.allowed(url(parameters));
      const first = await party.redeem(planner, callback, secret);
      await party.opens(planner, first.access_token);
      await refused(party.redeem(planner, callback, secret), 'invalid_grant');
      await party.opensNothing(planner, first.access_token);
    },
    'a code is worth nothing without the verifier': async () => {
      const { parameters, secret } = await party.request('openid');
      const callback = await party.allowed(url(parameters));
      const verifier = openid.randomPKCECodeVerifier();
      await refused(party.redeem(planner, callback, { ...secret, verifier }), 'invalid_grant');
    },
    'the access token opens the API': () => party.opens(planner, tokens.access_token),
    'userinfo knows the same subject and the address': async () => {
      const info = await openid.fetchUserInfo(planner, tokens.access_token, tokens.claims().sub);
      must(info.email === given.person.email, 'another address');
    },
    'who denies sends access_denied back': async () => {
      const { parameters, secret } = await party.request('openid');
      const question = await visitor.open(url(parameters, { prompt: 'consent' }));
      const callback = await visitor.submit(question, '/oauth2/consent', { decision: 'deny' });
      await refused(party.redeem(planner, callback, secret), 'access_denied');
    },
    'the request may come by a form of the client (OIDC Core §3.1.2.1)': async () => {
      const { parameters, secret } = await party.request('openid');
      const { pathname, searchParams } = url(parameters);
      const question = await visitor.open(pathname, byForm(searchParams));
      const callback = await visitor.submit(question, '/oauth2/consent', { decision: 'allow' });
      await party.redeem(planner, callback, secret);
    },
    'prompt is a list: sign in, and agree, once each': async () => {
      const { parameters, secret } = await party.request('openid');
      const page = await visitor.open(url(parameters, { prompt: 'login consent' }));
      must(page.heading === 'Sign in', `shown “${page.heading}”`);
      const question = await visitor.submit(page, '/signin', given.person);
      const callback = await visitor.submit(question, '/oauth2/consent', { decision: 'allow' });
      await party.redeem(planner, callback, secret);
    },
    'none is alone in that list': async () => {
      const { parameters, secret } = await party.request('openid');
      const callback = await visitor.open(url(parameters, { prompt: 'none login' }));
      await refused(party.redeem(planner, callback, secret), 'invalid_request');
    },
    'max_age=0 is one sign-in': async () => {
      const { parameters, secret } = await party.request('openid');
      const page = await visitor.open(url(parameters, { max_age: '0' }));
      must(page.heading === 'Sign in', `shown “${page.heading}”`);
      const question = await visitor.submit(page, '/signin', given.person);
      must(question.heading !== 'Sign in', 'it is asked for again');
      const callback = await visitor.submit(question, '/oauth2/consent', { decision: 'allow' });
      await party.redeem(planner, callback, secret);
    },
    'id_token_hint: whoever else is signed in is not who is meant': async () => {
      const colleague = new Visitor(party.fetch, party.issuer.origin);
      const { parameters, secret } = await party.request('openid');
      const question = await colleague.submit(await colleague.open(url(parameters)), '/signin', given.colleague);
      const theirs = await party.redeem(planner, await colleague.submit(question, '/oauth2/consent', { decision: 'allow' }), secret);
      const silently = async (hint) => {
        const asked = await party.request('openid');
        const more = { prompt: 'none', ...(hint ? { id_token_hint: hint } : {}) };
        return party.redeem(planner, await visitor.open(url(asked.parameters, more)), asked.secret);
      };
      await refused(silently(), 'interaction_required');
      await refused(silently(theirs.id_token), 'login_required');
      const header = theirs.id_token.split('.')[0];
      const invented = Buffer.from(JSON.stringify({ ...theirs.claims(), sub: crypto.randomUUID() })).toString('base64url');
      await refused(silently(`${header}.${invented}.${theirs.id_token.split('.')[2]}`), 'invalid_request');
      const again = await party.request('openid');
      const page = await visitor.open(url(again.parameters, { id_token_hint: theirs.id_token }));
      must(page.heading === 'Sign in', `shown “${page.heading}”`);
      const other = await visitor.submit(page, '/signin', given.person);
      await refused(party.redeem(planner, other, again.secret), 'login_required');
    },
    'an installed program listens on any port of the loopback address': async () => {
      for (const registered of given.native) {
        const redirect = registered.replace('/native', ':53211/native');
        const { parameters } = await party.request('openid');
        const callback = await party.allowed(url(parameters, { redirect_uri: redirect }));
        must(callback instanceof URL && callback.href.startsWith(`${redirect}?code=`), `not sent to ${redirect}`);
      }
    },
    'a failed Basic is answered with its challenge (RFC 6749 §5.2)': async () => {
      for (const path of ['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke', '/oauth2/par']) {
        const headers = { authorization: `Basic ${btoa('planner:secret')}` };
        const answer = await party.fetch(new URL(path, party.issuer), { method: 'POST', headers, body: new URLSearchParams({ token: 'x' }) });
        const { error } = await answer.json();
        const challenge = answer.headers.get('www-authenticate') ?? '';
        must(answer.status === 401 && error === 'invalid_client' && challenge.startsWith('Basic '), `${path} answered ${answer.status} ${error} ${challenge}`);
      }
    },
    'a refresh token is rotated': async () => {
      renewed = await openid.refreshTokenGrant(planner, tokens.refresh_token);
      must(renewed.refresh_token && renewed.refresh_token !== tokens.refresh_token, 'the refresh token stayed');
      await party.opens(planner, renewed.access_token);
    },
    'a refresh token that comes again ends the family': async () => {
      // The answer was not lost: what it brought is used first.
      const latest = await openid.refreshTokenGrant(planner, renewed.refresh_token);
      await party.opens(planner, latest.access_token);
      await refused(openid.refreshTokenGrant(planner, tokens.refresh_token), 'invalid_grant');
      await refused(openid.refreshTokenGrant(planner, latest.refresh_token), 'invalid_grant');
      await party.opensNothing(planner, latest.access_token);
    },
    'a revoked refresh token renews nothing': async () => {
      const revoked = await party.tokens(planner, 'openid offline_access profile:read');
      await party.opens(planner, revoked.access_token);
      await openid.tokenRevocation(planner, revoked.refresh_token);
      await refused(openid.refreshTokenGrant(planner, revoked.refresh_token), 'invalid_grant');
      await party.opensNothing(planner, revoked.access_token);
    },
    'signing out at the provider ends what came of the session': async () => {
      const last = await party.tokens(planner, 'openid offline_access profile:read');
      await party.opens(planner, last.access_token);
      const parameters = { id_token_hint: last.id_token, post_logout_redirect_uri: given.loggedOut, state: 'after' };
      const { pathname, searchParams } = openid.buildEndSessionUrl(planner, parameters);
      const asked = await visitor.open(pathname, byForm(searchParams));
      must(asked.heading === 'Sign out?', `a form of the client shows “${asked.heading}”`);
      await party.opens(planner, last.access_token);
      const question = await visitor.open(openid.buildEndSessionUrl(planner, parameters));
      must(question.heading === 'Sign out?', `shown “${question.heading}”`);
      const end = await visitor.submit(question, '/oauth2/logout');
      const back = end instanceof URL ? [end.href] : end.links;
      must(back.includes(`${given.loggedOut}?state=after`), 'there is no way back to the client');
      must(visitor.cookie('__Host-session') === undefined, 'the session cookie stays');
      await refused(openid.refreshTokenGrant(planner, last.refresh_token), 'invalid_grant');
      await party.opensNothing(planner, last.access_token);
    },
    'and the next request finds nobody signed in': async () => {
      const { parameters } = await party.request('openid');
      const page = await visitor.open(url(parameters));
      must(page.heading === 'Sign in', `shown “${page.heading}”`);
    },
  };
}
