// What somebody with a browser and a password meets, and what an intruder's script would.
import { must } from '../lib/conversation.mjs';
import { look } from '../lib/look.mjs';

export function receptionist({ given, person, authorization, signIn, headed, redirect }) {
  const { receptionist: her } = given;
  const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());

  return {
    'without scripts: sign in, agree, and back at the client with a code': async () => {
      const { page, heard } = await person({ javaScriptEnabled: false });
      await page.goto(authorization());
      await headed(page, 'Sign in');
      await signIn(page, her);
      await headed(page, 'Allow');
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await headed(page, 'Back');
      const back = new URL(page.url());
      must(back.searchParams.get('code') && back.searchParams.get('iss') === given.issuer, `back without a code: ${back.search}`);
      must(heard.length === 0, heard.join(' '));
    },
    'by keyboard alone: the fields come in order, and Enter signs in': async () => {
      const { page, heard } = await person();
      await page.goto(authorization());
      must((await focused(page)) === 'email', 'the first field has not the focus');
      await page.keyboard.type(her.email);
      await page.keyboard.press('Tab');
      must((await focused(page)) === 'password', 'the password does not come next');
      await page.keyboard.type(her.password);
      await page.keyboard.press('Tab');
      must((await focused(page)) === 'Sign in', 'the button does not come next');
      await page.keyboard.press('Enter');
      await headed(page, 'Allow');
      await look(page, given.folder, 'consent');
      must(heard.length === 0, heard.join(' '));
    },
    'a wrong password is announced, and the sentence has the focus': async () => {
      const { page, heard } = await person();
      await page.goto(`${given.issuer}/signin`);
      await look(page, given.folder, 'sign-in');
      await signIn(page, { ...her, password: 'not the password at all' });
      const alert = page.getByRole('alert');
      await alert.waitFor();
      must(await alert.evaluate((element) => element === document.activeElement), 'the sentence has not the focus');
      must((await page.title()).startsWith('Problem: '), 'the title does not tell');
      must((await page.getByLabel('E-mail address').inputValue()) === her.email, 'the address must be typed again');
      must((await page.getByLabel('Password').inputValue()) === '', 'the password comes back');
      await look(page, given.folder, 'sign-in-failed');
      must(heard.length === 0, heard.join(' '));
    },
    'a script that got into a page does not run, and reaches nobody': async () => {
      const intrude = async (elsewhere) => {
        const attempt = async (action) => { try { return await action(); } catch { return false; } };
        const script = () => {
          const element = document.createElement('script');
          element.text = 'window.intruder = true';
          document.body.append(element);
          return window.intruder === true;
        };
        const handler = () => {
          const element = document.createElement('div');
          element.setAttribute('onclick', 'window.intruder = true');
          document.body.append(element);
          element.click();
          return window.intruder === true;
        };
        const send = () => fetch(elsewhere, { mode: 'no-cors' }).then(() => true);
        return [await attempt(script), await attempt(handler), await attempt(send)];
      };
      // The same in a browser that ignores the policy: there everything must work, or nothing was tried.
      for (const [bypassCSP, expected] of [[false, 'false,false,false'], [true, 'true,true,true']]) {
        const { page } = await person({ bypassCSP });
        await page.goto(`${given.issuer}/signin`);
        const ran = String(await page.evaluate(intrude, `${given.issuer}/.well-known/openid-configuration`));
        must(ran === expected, `script, handler, message: ${ran}${bypassCSP ? ' without the policy' : ''}`);
      }
    },
    'no page of somebody else can show the sign-in page in a frame': async () => {
      const { page } = await person();
      await page.goto(redirect);
      const inside = async (address) => {
        await page.evaluate((source) => new Promise((resolve) => {
          const element = document.createElement('iframe');
          element.src = source;
          element.onload = resolve;
          document.body.replaceChildren(element);
        }), address);
        return page.frames().find((candidate) => candidate !== page.mainFrame()).content();
      };
      must((await inside(redirect)).includes('Back'), 'not even a page that may be is shown');
      must(!(await inside(`${given.issuer}/signin`)).includes('password'), 'it is shown');
    },
    'signing out asks first, and the next request asks who is there': async () => {
      const { page, heard } = await person();
      await page.goto(authorization());
      await signIn(page, her);
      await headed(page, 'Allow');
      await page.goto(`${given.issuer}/oauth2/logout`);
      await headed(page, 'Sign out?');
      await look(page, given.folder, 'sign-out');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await headed(page, 'You are signed out');
      await look(page, given.folder, 'signed-out');
      await page.goto(authorization());
      await headed(page, 'Sign in');
      must(heard.length === 0, heard.join(' '));
    },
    'a path that leads nowhere is a page, with a way on': async () => {
      const { page } = await person();
      await page.goto(`${given.issuer}/signin/nowhere`);
      await headed(page, 'There is nothing here');
      await page.getByRole('link', { name: 'Sign in' }).click();
      await headed(page, 'Sign in');
    },
    'a link that was used up offers a new one': async () => {
      const { page } = await person();
      await page.goto(`${given.issuer}/password/reset?token=used`);
      await look(page, given.folder, 'used-link');
      await page.getByRole('link', { name: 'Send me a new link' }).click();
      await headed(page, 'Forgotten password');
      await page.getByLabel('E-mail address').evaluate((field) => { field.type = 'text'; field.value = 'not an address'; });
      await page.getByRole('button', { name: 'Send the link' }).click();
      await page.getByRole('alert').waitFor();
      must((await page.getByLabel('E-mail address').inputValue()) === 'not an address', 'it must be typed again');
    },
    'whoever made an unknown application is told so': async () => {
      const { page } = await person();
      await page.goto(authorization({ client_id: 'nobody' }));
      await headed(page, 'No application is registered');
      await look(page, given.folder, 'unknown-client');
    },
    'what goes wrong is a page too': async () => {
      const { page } = await person();
      await page.goto(authorization({ redirect_uri: 'https://elsewhere.example/' }));
      await look(page, given.folder, 'error');
      must(page.url().startsWith(given.issuer), 'sent elsewhere');
      must(await page.getByText('name this request').isVisible(), 'the request is not named');
    },
  };
}
