// A certified OpenID client (npm `openid-client`), unpatched, against the built-in provider. People sign in through the
// pages, by a browser that runs no script.
//
// Set-up: {issuer, address, port, authority, redirect, loggedOut, person: {email, password}}; the client `planner` is
// registered by then.
import { say, setup, tell } from './lib/conversation.mjs';
import { RelyingParty } from './lib/relying-party.mjs';
import { publicClient } from './stories/public-client.mjs';

const given = await setup();
say({});
await tell(publicClient(new RelyingParty(given), given));
