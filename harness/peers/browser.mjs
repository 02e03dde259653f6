// People with a real browser: headless Chromium, driven by npm `playwright-core`.
//
// Set-up: {issuer, address, port, authority, executable, folder, desk, console, receptionist, clinician, auditor}. `desk` is
// a client that people are asked about, `console` the operator's own. A receptionist may sign in with the password alone;
// the auditor has an authenticator app, the clinician must still add one. Pictures of the pages go to the folder.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { browser } from './lib/browser.mjs';
import { must, say, setup, tell } from './lib/conversation.mjs';
import { complaints } from './lib/look.mjs';
import { wire } from './lib/wire.mjs';
import { beyond } from './stories/beyond.mjs';
import { receptionist } from './stories/receptionist.mjs';
import { staff } from './stories/staff.mjs';

const given = await setup();
const chromium = await browser(given);
const fetch = wire(given);

// The clients are installed programs, which listen on a port of their own (RFC 8252 §7.3).
async function listening(host, respond) {
  const server = createServer(respond);
  await new Promise((resolve) => server.listen(0, host, resolve));
  return { server, port: server.address().port };
}
const back = (request, answer) => answer.end('<h1>Back</h1>');
const client = await listening('127.0.0.1', back);
const redirect = `http://127.0.0.1:${client.port}/callback`;
// The same at the other loopback, and one whose callback sends the browser on: to another origin, by a detour if asked to.
const [v6, other] = [await listening('::1', back), await listening('127.0.0.1', back)];
const elsewhere = `http://127.0.0.1:${other.port}/home`;
const leadingOn = await listening('127.0.0.1', (request, answer) => {
  const detour = new URL(request.url, redirect).searchParams.get('hops') === '2';
  const location = detour ? `http://localhost:${leadingOn.port}/callback` : elsewhere;
  answer.writeHead(302, { location }).end();
});
const places = {
  v4: redirect, v6: `http://[::1]:${v6.port}/callback`, other: elsewhere,
  leadingOn: `http://127.0.0.1:${leadingOn.port}/callback`,
};
say({});

/** Somebody with a browser of their own, and what it complains about. */
async function person(options = {}) {
  const context = await chromium.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  // A busy machine is no verdict.
  page.setDefaultTimeout(60_000);
  return { page, heard: complaints(page) };
}

let verifier;

function authorization({ client_id = given.desk, ...more } = {}) {
  verifier = randomBytes(32).toString('base64url');
  const url = new URL('/oauth2/authorize', given.issuer);
  url.search = new URLSearchParams({
    client_id, response_type: 'code', redirect_uri: redirect, scope: 'openid profile:read patients:read',
    state: randomBytes(16).toString('base64url'), nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...more,
  });
  return url.href;
}

/** What the operator's own client gets for the latest code. */
async function redeemed(code) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code', client_id: given.console, code, redirect_uri: redirect, code_verifier: verifier,
  });
  const answer = await fetch(`${given.issuer}/oauth2/token`, { method: 'POST', body });
  const tokens = await answer.json();
  must(answer.status === 200, `the token endpoint answered ${answer.status} ${tokens.error}`);
  return { tokens, claims: JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url')) };
}

async function signIn(page, { email, password }) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const headed = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const stage = { given, person, authorization, redeemed, signIn, headed, redirect, places };
await tell({ ...receptionist(stage), ...beyond(stage), ...staff(stage) });
await chromium.close();
for (const { server } of [client, v6, other, leadingOn]) server.close();
