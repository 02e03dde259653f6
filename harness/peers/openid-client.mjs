// A certified OpenID client (npm `openid-client`), unpatched, against the built-in provider. People sign in through the
// pages, by a browser that runs no script.
//
// Set-up: {issuer, address, port, authority, redirect, native, loggedOut, person: {email, password}, colleague}; the answer has the public
// keys of the clients `ward` (FAPI 2.0) and `machine` (an API client). The second line says that they are registered,
// beside `planner`, which is public: {machine: its client_id}.
import { say, setup, tell } from './lib/conversation.mjs';
import { keyPair } from './lib/keys.mjs';
import { RelyingParty } from './lib/relying-party.mjs';
import { confidentialClient } from './stories/confidential-client.mjs';
import { publicClient } from './stories/public-client.mjs';

const given = await setup();
const keys = { ward: await keyPair('ward'), machine: await keyPair('machine') };
say({ ward: keys.ward.jwks, machine: keys.machine.jwks });
Object.assign(given, await setup());
say({});
const party = new RelyingParty(given);
await tell({ ...publicClient(party, given), ...confidentialClient(party, given, keys.ward.privateKey, keys.machine.privateKey) });
