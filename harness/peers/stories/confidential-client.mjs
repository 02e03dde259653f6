// What a client with a key does: it proves itself with `private_key_jwt`, pushes its requests, and has its tokens bound.
import * as openid from 'openid-client';
import { must } from '../lib/conversation.mjs';
import { refused } from '../lib/relying-party.mjs';

export function confidentialClient(party, given, wardKey, machineKey) {
  const { visitor } = party;
  let ward;
  let DPoP;
  let tokens;

  return {
    'a confidential client proves itself with a key': async () => {
      ward = await party.discover('ward', openid.PrivateKeyJwt(wardKey));
      DPoP = openid.getDPoPHandle(ward, await openid.randomDPoPKeyPair('ES256'));
    },
    'PAR and DPoP: the request is pushed, the tokens are bound': async () => {
      const { parameters, secret } = await party.request('openid offline_access profile:read');
      const url = await openid.buildAuthorizationUrlWithPAR(ward, parameters, { DPoP });
      must(!url.searchParams.has('redirect_uri'), 'the request was not pushed');
      const page = await visitor.open(url);
      const after = page instanceof URL ? page : await visitor.submit(page, '/signin', given.person);
      const callback = after instanceof URL ? after : await visitor.submit(after, '/oauth2/consent', { decision: 'allow' });
      tokens = await party.redeem(ward, callback, secret, { DPoP });
      must(tokens.token_type === 'dpop', `the tokens are ${tokens.token_type}`);
    },
    'a pushed request works once': async () => {
      const { parameters } = await party.request('openid');
      const url = await openid.buildAuthorizationUrlWithPAR(ward, parameters, { DPoP });
      must((await party.allowed(url)) instanceof URL, 'it did not work at all');
      const again = await visitor.open(url);
      must(!(again instanceof URL) && again.status === 400, 'it worked again');
    },
    'a request that was not pushed is refused': async () => {
      const { parameters, secret } = await party.request('openid');
      const answer = await visitor.open(openid.buildAuthorizationUrl(ward, parameters));
      if (answer instanceof URL) await refused(party.redeem(ward, answer, secret, { DPoP }), 'invalid_request');
      else must(answer.status === 400, `shown “${answer.heading}”`);
    },
    'the bound token opens the API with its proof': () => party.opens(ward, tokens.access_token, { DPoP }),
    'and nothing without it, or with another key': async () => {
      await party.opensNothing(ward, tokens.access_token);
      const other = openid.getDPoPHandle(ward, await openid.randomDPoPKeyPair('ES256'));
      await party.opensNothing(ward, tokens.access_token, { DPoP: other });
    },
    'bound tokens are renewed with the same key': async () => {
      const renewed = await openid.refreshTokenGrant(ward, tokens.refresh_token, undefined, { DPoP });
      must(renewed.token_type === 'dpop', `the tokens are ${renewed.token_type}`);
      await party.opens(ward, renewed.access_token, { DPoP });
      tokens = renewed;
    },
    'introspection tells a live token from a revoked one': async () => {
      const live = await openid.tokenIntrospection(ward, tokens.access_token);
      must(live.active && live.client_id === 'ward', 'a live token is not active');
      await openid.tokenRevocation(ward, tokens.access_token);
      const dead = await openid.tokenIntrospection(ward, tokens.access_token);
      must(dead.active === false && Object.keys(dead).length === 1, 'a revoked token is described');
      await party.opensNothing(ward, tokens.access_token, { DPoP });
    },
    'client credentials: an API client gets a token for itself': async () => {
      const machine = await party.discover(given.machine, openid.PrivateKeyJwt(machineKey));
      const granted = await openid.clientCredentialsGrant(machine, { scope: 'patients:read' });
      must(granted.refresh_token === undefined, 'a refresh token came');
      await party.opens(machine, granted.access_token, { path: '/v1/patients' });
      await openid.tokenRevocation(machine, granted.access_token);
      await party.opensNothing(machine, granted.access_token, { path: '/v1/patients' });
    },
    'and none with the key of another': async () => {
      const impostor = await party.discover(given.machine, openid.PrivateKeyJwt({ key: wardKey.key, kid: machineKey.kid }));
      await refused(openid.clientCredentialsGrant(impostor, { scope: 'patients:read' }), 'invalid_client');
    },
  };
}
