// The reference verifier of Standard Webhooks (npm `standardwebhooks`), unpatched, on what the service sent to an endpoint.
//
// Set-up: {secret, other, event: {headers, body}, fresh, rotated: {headers, body}}: an event and the secret of its endpoint,
// the secret of another endpoint, and an event after the rotation of the first one's secret, with the fresh secret.
import { Webhook } from 'standardwebhooks';
import { must, say, setup, tell } from './lib/conversation.mjs';

const given = await setup();
say({});

const verify = (secret, { headers, body }) => new Webhook(secret).verify(body, headers);

function refuses(what, secret, delivery) {
  try {
    verify(secret, delivery);
  } catch {
    return;
  }
  throw new Error(`the verifier takes ${what}`);
}

const changed = (delivery, name, value) => ({ ...delivery, headers: { ...delivery.headers, [name]: value } });

await tell({
  'a delivery is good for its endpoint': () => {
    const event = verify(given.secret, given.event);
    must(event.type === 'member.changed', `the type is ${event.type}`);
    must(!Number.isNaN(Date.parse(event.timestamp)), `the time is ${event.timestamp}`);
    must(Object.keys(event.data).join() === 'id', `it tells ${Object.keys(event.data)}`);
  },
  'it is good for no other endpoint': () => refuses('another secret', given.other, given.event),
  'a changed body is noticed': () => refuses('a space more', given.secret, { ...given.event, body: `${given.event.body} ` }),
  'a changed id is noticed': () => refuses('another id', given.secret, changed(given.event, 'webhook-id', 'msg_other')),
  'a changed time is noticed': () => {
    const time = String(Number(given.event.headers['webhook-timestamp']) + 1);
    refuses('another time', given.secret, changed(given.event, 'webhook-timestamp', time));
  },
  'after a rotation the new secret is good': () => verify(given.fresh, given.rotated),
  'and for a day the former one too': () => verify(given.secret, given.rotated),
});
