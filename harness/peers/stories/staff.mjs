// What staff do: a password alone does not let them in. They add an authenticator app, a passkey, keep recovery codes, and
// show a factor again where somebody asks for it anew.
import { Secret, TOTP } from 'otpauth';
import { must } from '../lib/conversation.mjs';
import { look } from '../lib/look.mjs';

export function staff({ given, person, authorization, redeemed, signIn, headed }) {
  const { clinician, auditor } = given;
  const recovery = [];
  let desk;

  const answered = async (page) => {
    await headed(page, 'Back');
    const code = new URL(page.url()).searchParams.get('code');
    must(code, `back without a code: ${page.url()}`);
    return redeemed(code);
  };
  const code = (secret) => new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  const showCode = async (page, text) => {
    await headed(page, 'One more step');
    await page.getByLabel('Code from your authenticator app').fill(text);
    await page.getByRole('button', { name: 'Continue' }).click();
  };
  const own = (more) => authorization({ client_id: given.console, ...more });

  const steps = {
    'staff without a second factor add an authenticator app before they get on': async () => {
      desk = await person();
      const { page, heard } = desk;
      await page.goto(own());
      await signIn(page, clinician);
      await headed(page, 'Add an authenticator app');
      await look(page, given.folder, 'enrol-totp');
      const secret = (await page.locator('.key').innerText()).replaceAll(/\s/g, '');
      const link = new URL(await page.getByRole('link', { name: 'Open it in the app' }).getAttribute('href'));
      must(link.searchParams.get('secret') === secret, 'the link has another key than the text');
      await page.getByLabel('Six digits').fill('000000');
      await page.getByRole('button', { name: 'Add the app' }).click();
      await page.getByRole('alert').waitFor();
      must((await page.locator('.key').innerText()).replaceAll(/\s/g, '') === secret, 'a wrong code brings another key');
      await page.getByLabel('Six digits').fill(code(secret));
      await page.getByRole('button', { name: 'Add the app' }).click();
      await headed(page, 'Your recovery codes');
      await look(page, given.folder, 'recovery-codes');
      recovery.push(...(await page.locator('.codes code').allInnerTexts()));
      must(recovery.length === 10, `${recovery.length} codes`);
      await page.getByRole('link', { name: 'I have kept them' }).click();
      const { claims } = await answered(page);
      must(claims.acr === '2', `acr is ${claims.acr}`);
      must(heard.length === 0, heard.join(' '));
    },
    'somebody with an authenticator app shows its code, without scripts': async () => {
      const { page, heard } = await person({ javaScriptEnabled: false });
      await page.goto(own());
      await signIn(page, auditor);
      await headed(page, 'One more step');
      await page.getByLabel('Code from your authenticator app').fill('000000');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('alert').waitFor();
      await showCode(page, code(auditor.totp_seed));
      const { claims } = await answered(page);
      must(claims.acr === '2' && claims.amr.includes('otp'), `acr ${claims.acr}, amr ${claims.amr}`);
      must(heard.length === 0, heard.join(' '));
    },
    'until then the account stays closed': async () => {
      const { page } = await person();
      await page.goto(`${given.issuer}/signin`);
      await signIn(page, auditor);
      await headed(page, 'One more step');
      await page.goto(`${given.issuer}/account`);
      await headed(page, 'Sign in');
    },
    'a recovery code opens it once': async () => {
      for (const [works, title] of [[true, 'Your account'], [false, 'One more step']]) {
        const { page } = await person();
        await page.goto(`${given.issuer}/signin`);
        await signIn(page, clinician);
        await headed(page, 'One more step');
        if (works) await look(page, given.folder, 'second-factor');
        await page.getByText('Use a recovery code').click();
        await page.getByLabel('Recovery code').fill(recovery[0]);
        await page.getByRole('button', { name: 'Use this code' }).click();
        if (!works) await page.getByRole('alert').waitFor();
        await headed(page, title);
      }
    },
    'the account shows the sessions, and ends them': async () => {
      const { page } = desk;
      const other = await person();
      await other.page.goto(`${given.issuer}/signin`);
      await signIn(other.page, clinician);
      await other.page.getByText('Use a recovery code').click();
      await other.page.getByLabel('Recovery code').fill(recovery[1]);
      await other.page.getByRole('button', { name: 'Use this code' }).click();
      await headed(other.page, 'Your account');
      await page.goto(`${given.issuer}/account`);
      await page.getByText('this one').waitFor();
      await page.getByRole('button', { name: 'End all others' }).click();
      await headed(page, 'Your account');
      await look(page, given.folder, 'account-alone');
      must((await page.getByRole('button', { name: 'End all others' }).count()) === 0, 'there is nobody else to end');
      must(await page.getByText('Northside Clinic').isVisible(), 'nothing says where they belong');
      must(await page.getByText('clinician, clinician').isVisible(), 'nothing says as what');
      await other.page.goto(`${given.issuer}/account`);
      await headed(other.page, 'Sign in');
    },
  };
  const passkeys = {
    'a passkey is added': async () => {
      const { page, heard } = desk;
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('WebAuthn.enable');
      await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
          isUserVerified: true, automaticPresenceSimulation: true,
        },
      });
      await page.goto(`${given.issuer}/account`);
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await headed(page, 'Add a passkey');
      await look(page, given.folder, 'passkey');
      await page.getByLabel('A name for this passkey').fill('Ward laptop');
      await page.getByRole('button', { name: 'Make the passkey' }).click();
      await headed(page, 'Your account');
      await page.getByRole('button', { name: 'Remove Ward laptop' }).waitFor();
      await look(page, given.folder, 'account');
      must(heard.length === 0, heard.join(' '));
    },
    'the passkey opens the account by itself': async () => {
      const { page, heard } = desk;
      await page.goto(`${given.issuer}/account`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await headed(page, 'You are signed out');
      await page.goto(own());
      await page.getByRole('button', { name: 'Use a passkey' }).click();
      await headed(page, 'Use a passkey');
      await page.getByRole('button', { name: 'Continue' }).click();
      const { claims } = await answered(page);
      must(claims.acr === '2', `acr is ${claims.acr}`);
      must(heard.length === 0, heard.join(' '));
    },
    'who must show it anew does, and steps up': async () => {
      const { page } = desk;
      await page.goto(own());
      const before = (await answered(page)).claims.auth_time;
      await new Promise((resolve) => setTimeout(resolve, 2100));
      // What a client asks for after the challenge of RFC 9470.
      await page.goto(own({ acr_values: '2', max_age: '1' }));
      await headed(page, 'Sign in');
      await page.getByRole('button', { name: 'Use a passkey' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
      const { claims } = await answered(page);
      must(claims.auth_time > before, 'the sign-in is as old as before');
    },
  };
  return given.passkeys ? { ...steps, ...passkeys } : steps;
}
