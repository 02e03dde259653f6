// Where the browser goes on to after a form of ours: a policy that names too little stops it, and only a browser does that.
import { must } from '../lib/conversation.mjs';

export function beyond({ given, person, authorization, signIn, headed, places }) {
  const { receptionist: her } = given;

  /** Signs in at a client with this address, without a word of the browser, and answers where that ends. */
  const arrive = async (redirect_uri, options) => {
    const { page, heard } = await person(options);
    await page.goto(authorization({ redirect_uri }));
    await signIn(page, her);
    await headed(page, 'Allow');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await headed(page, 'Back');
    must(heard.length === 0, heard.join(' '));
    return page;
  };
  const coded = (page) => must(new URL(page.url()).searchParams.get('code'), `back without a code: ${page.url()}`);

  return {
    'a client sends the browser on from its callback, to another origin': async () => {
      const page = await arrive(places.leadingOn);
      must(new URL(page.url()).origin === new URL(places.other).origin, `the browser is at ${page.url()}`);
    },
    'the same without scripts, and by way of two origins': async () => {
      const page = await arrive(`${places.leadingOn}?hops=2`, { javaScriptEnabled: false });
      must(new URL(page.url()).origin === new URL(places.other).origin, `the browser is at ${page.url()}`);
    },
    'an installed program listens at http://127.0.0.1, on a port of its own': async () => coded(await arrive(places.v4)),
    'an installed program listens at http://[::1], on a port of its own': async () => coded(await arrive(places.v6)),
    'who says no comes back to the client too': async () => {
      const { page, heard } = await person();
      await page.goto(authorization({ redirect_uri: places.v6 }));
      await signIn(page, her);
      await headed(page, 'Allow');
      await page.getByRole('button', { name: 'Do not allow' }).click();
      await headed(page, 'Back');
      must(new URL(page.url()).searchParams.get('error') === 'access_denied', `back at ${page.url()}`);
      must(heard.length === 0, heard.join(' '));
    },
    'going back from the client does not end at the page that sent the browser on': async () => {
      const page = await arrive(places.v4);
      await page.goBack();
      must(!(await page.title()).startsWith('One moment'), `the browser is back at ${page.url()}`);
    },
    'no form of ours may be sent elsewhere, whatever a script makes of it': async () => {
      for (const [bypassCSP, expected] of [[false, given.issuer], [true, new URL(places.other).origin]]) {
        const { page } = await person({ bypassCSP });
        await page.goto(authorization({ redirect_uri: places.v4 }));
        await headed(page, 'Sign in');
        const stopped = page.waitForEvent('console', (message) => message.text().includes('form-action'));
        const sent = page.waitForURL(`${places.other}*`);
        await page.evaluate((action) => {
          const form = document.createElement('form');
          Object.assign(form, { action, method: 'post' });
          document.body.append(form);
          form.submit();
        }, places.other);
        await Promise.any([stopped, sent]);
        must(new URL(page.url()).origin === expected, `the form came to ${page.url()}${bypassCSP ? ' without the policy' : ''}`);
      }
    },
  };
}
