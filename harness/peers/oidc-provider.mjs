// A certified OpenID provider (npm `oidc-provider`), unpatched, steered by the harness over standard input.
//
// First line in: {"authority": PEM, "certificate": PEM, "key": PEM, "audience": URL}. Then one command per line, one answer per line:
//   token {alg, audience, claims}   an access token for the API, by client credentials
//   register {client}               the relying party's registration
//   visit {url}                     a browser's way through the sign-in there; answers where it is sent back to
//   rotate                          new signing keys; the old ones are gone
//   slow {milliseconds}             every answer takes so long from now on
//   stop / start                    the listener
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, request } from 'node:https';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

// Standard output is for the harness; the library's notices go beside it.
console.info = console.warn;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const setup = JSON.parse((await lines.next()).value);
const cookieKeys = [randomBytes(32).toString('base64url')];

const machine = {
  client_id: 'machine',
  client_secret: randomBytes(32).toString('base64url'),
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
};
// With more to say of people than anybody asks for.
const groups = Array.from({ length: 150 }, (_, index) => ({ name: `ward ${index}`, open: null }));
const person = { sub: `person-${randomUUID()}`, email: 'staff@peers.example', email_verified: true, groups };

let port = 0;
let delay = 0;
let algorithm = 'ES256';
let claims = {};
let relyingParty;
let jwks = freshKeys();
let provider;
let callback;
let listener;

function freshKeys() {
  const pairs = [
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ];
  const keys = pairs.map(([alg, { privateKey }]) => ({
    ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID(),
  }));
  return { keys };
}

function build() {
  provider = new Provider(`https://127.0.0.1:${port}`, {
    clients: [machine, ...(relyingParty ? [relyingParty] : [])],
    cookies: { keys: cookieKeys },
    jwks,
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256', 'EdDSA', 'PS256'],
      idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'],
    },
    claims: { openid: ['sub', 'amr', 'groups'], email: ['email', 'email_verified'] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ ...person, sub: id }) }),
    extraTokenClaims: () => claims,
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, audience) => ({
          audience,
          scope: 'patients:read',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  });
  callback = provider.callback();
}

// Where a provider asks for a password and for consent. Here somebody is signed in, and agrees, at once.
async function interact(incoming, outgoing) {
  const { prompt, params, session } = await provider.interactionDetails(incoming, outgoing);
  if (prompt.name === 'login') {
    const login = { accountId: person.sub, amr: ['pwd', 'otp', 'mfa'] };
    return provider.interactionFinished(incoming, outgoing, { login });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(incoming, outgoing, { consent: { grantId: await grant.save() } });
}

async function serve(incoming, outgoing) {
  if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
  try {
    if (incoming.url.startsWith('/interaction/')) await interact(incoming, outgoing);
    else callback(incoming, outgoing);
  } catch (error) {
    outgoing.writeHead(500).end(String(error));
  }
}

function start() {
  return new Promise((resolve) => {
    listener = createServer({ cert: setup.certificate, key: setup.key }, serve);
    listener.listen(port, '127.0.0.1', () => {
      port = listener.address().port;
      build();
      resolve();
    });
  });
}

function stop() {
  listener.closeAllConnections();
  return new Promise((resolve) => listener.close(resolve));
}

function post(path, fields, authorization) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1', port, path, method: 'POST', ca: setup.authority,
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      },
      (incoming) => {
        let text = '';
        incoming.on('data', (chunk) => { text += chunk; });
        incoming.on('end', () => resolve({ status: incoming.statusCode, text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(new URLSearchParams(fields).toString());
  });
}

async function token({ alg = 'ES256', audience = setup.audience, claims: wanted }) {
  algorithm = alg;
  claims = wanted;
  const basic = Buffer.from(`${machine.client_id}:${machine.client_secret}`).toString('base64');
  const fields = { grant_type: 'client_credentials', resource: audience, scope: 'patients:read' };
  const { status, text } = await post('/token', fields, `Basic ${basic}`);
  if (status !== 200) throw new Error(`the token endpoint answered ${status} ${text}`);
  return { token: JSON.parse(text).access_token };
}

function get(url, cookies) {
  return new Promise((resolve, reject) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    request(url, { ca: setup.authority, headers: { cookie } }, (incoming) => {
      incoming.resume();
      resolve(incoming);
    }).on('error', reject).end();
  });
}

// Follows redirections as long as they lead to this provider.
async function visit({ url }) {
  const own = `https://127.0.0.1:${port}`;
  const cookies = new Map();
  let place = new URL(url);
  while (place.origin === own) {
    const { statusCode, headers } = await get(place, cookies);
    for (const line of headers['set-cookie'] ?? []) {
      const [name, ...value] = line.split(';')[0].split('=');
      cookies.set(name, value.join('='));
    }
    if (!headers.location) throw new Error(`${place.pathname} answered ${statusCode} and leads nowhere`);
    place = new URL(headers.location, place);
  }
  return { location: place.href };
}

const commands = {
  token,
  visit,
  register: async ({ client }) => { relyingParty = client; build(); return {}; },
  rotate: async () => { jwks = freshKeys(); build(); return {}; },
  slow: async ({ milliseconds }) => { delay = milliseconds; return {}; },
  stop: async () => { await stop(); return {}; },
  start: async () => { await start(); return {}; },
};

await start();
say({ issuer: `https://127.0.0.1:${port}`, client: machine.client_id, person });
for await (const line of lines) {
  const { command, ...rest } = JSON.parse(line);
  try {
    say(await commands[command](rest));
  } catch (error) {
    say({ error: String(error) });
  }
}
process.exit(0);
