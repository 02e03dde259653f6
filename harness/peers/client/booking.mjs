// @ts-check
// A booking by a client that nobody wrote: npm `openapi-typescript` made its types from the service's document, npm
// `openapi-fetch` sends what fits them. Before this runs, the compiler has read it, and `mistakes.mjs`, in strict mode.
//
// Set-up: where the service is, and {clinician: {id, token}, patient: {id, token}, other: {id, token}}: the member who offers
// time, and two patients by the ids of their records.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import { must, say, setup, tell } from '../lib/conversation.mjs';
import { wire } from '../lib/wire.mjs';

/** @typedef {import('../../../target/client/api.js').paths} paths */
/** @typedef {import('../../../target/client/api.js').components['schemas']} schemas */

const given = await setup();
say({});

const send = wire(given);

/**
 * @param {{ token: string }} person
 * @returns {import('openapi-fetch').Client<paths>}
 */
const as = ({ token }) =>
  createClient({
    baseUrl: given.issuer,
    headers: { authorization: `Bearer ${token}` },
    fetch: async (request) => {
      const text = await request.text();
      return send(request.url, { method: request.method, headers: request.headers, ...(text && { body: text }) });
    },
  });

const [clinician, patient, other] = [as(given.clinician), as(given.patient), as(given.other)];
const once = () => ({ 'Idempotency-Key': randomUUID() });

/**
 * What the service answered, if it did what it was asked.
 * @template T
 * @param {{ data?: T, error?: unknown, response: Response }} answer
 * @returns {T}
 */
function done({ data, error, response }) {
  if (data === undefined) throw new Error(`answered ${response.status} ${JSON.stringify(error)}`);
  return data;
}

/** @type {schemas['Slot']} */
let slot;
/** @type {schemas['Appointment']} */
let appointment;

const find = async () => {
  const query = { clinician_member_id: given.clinician.id, limit: 100 };
  return done(await patient.GET('/v1/slots', { params: { query } })).items.find(({ id }) => id === slot.id);
};

await tell({
  'a clinician offers a slot': async () => {
    const tomorrow = Date.now() + 26 * 3600_000;
    const body = {
      clinician_member_id: given.clinician.id,
      starts_at: new Date(tomorrow).toISOString(),
      ends_at: new Date(tomorrow + 900_000).toISOString(),
    };
    slot = done(await clinician.POST('/v1/slots', { params: { header: once() }, body }));
    must(Date.parse(slot.starts_at) === tomorrow, `it starts at ${slot.starts_at}`);
  },
  'a patient finds it': async () => must((await find()) !== undefined, 'it is not among the free ones'),
  'the patient holds it': async () => {
    const path = { slot: slot.id };
    appointment = done(
      await patient.POST('/v1/slots/{slot}/holds', { params: { path, header: once() }, body: { patient_id: given.patient.id } }),
    );
    must(appointment.status === 'held' && appointment.slot.id === slot.id, `it is ${JSON.stringify(appointment)}`);
  },
  'another patient is told, in a problem of a known type, that it is taken': async () => {
    const path = { slot: slot.id };
    const { error } = await other.POST('/v1/slots/{slot}/holds', { params: { path, header: once() }, body: { patient_id: given.other.id } });
    must(error?.status === 409 && error.type === 'https://api.clinic.test/problems/slot-taken', `answered ${JSON.stringify(error)}`);
  },
  'who confirms faster than anybody reads is told how long to wait, waits, and confirms': async () => {
    const path = { appointment: appointment.id };
    const confirm = () => patient.POST('/v1/appointments/{appointment}/confirm', { params: { path } });
    const { error, response } = await confirm();
    must(error?.status === 422 && error.type === 'https://api.clinic.test/problems/too-fast', `answered ${JSON.stringify(error)}`);
    const seconds = Number(response.headers.get('retry-after'));
    must(seconds > 0 && seconds < 60, `to be tried again after ${response.headers.get('retry-after')}`);
    await sleep(seconds * 1000);
    must(done(await confirm()).status === 'confirmed', 'it is not confirmed');
  },
  'the patient sees the appointment': async () => {
    const path = { appointment: appointment.id };
    const seen = done(await patient.GET('/v1/appointments/{appointment}', { params: { path } }));
    must(seen.status === 'confirmed' && seen.patient_id === given.patient.id, `it is ${JSON.stringify(seen)}`);
    must((await find()) === undefined, 'the slot is still among the free ones');
  },
  'the other patient does not': async () => {
    const path = { appointment: appointment.id };
    const { error } = await other.GET('/v1/appointments/{appointment}', { params: { path } });
    must(error?.status === 404, `answered ${JSON.stringify(error)}`);
  },
  'the patient cancels it, and the slot is free again': async () => {
    const path = { appointment: appointment.id };
    const cancelled = done(await patient.POST('/v1/appointments/{appointment}/cancel', { params: { path } }));
    must(cancelled.status === 'cancelled', `it is ${cancelled.status}`);
    must((await find()) !== undefined, 'the slot is not free');
  },
});
