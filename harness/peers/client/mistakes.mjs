// @ts-check
// What the compiler must refuse, because the document does: each line below an `@ts-expect-error` is a mistake that clients
// make, and one that compiles is a hole in the document. Nothing here runs.
import createClient from 'openapi-fetch';

/** @typedef {import('../../../target/client/api.js').paths} paths */

/** @type {import('openapi-fetch').Client<paths>} */
const api = createClient();
const id = '00000000-0000-4000-8000-000000000000';
const header = { 'Idempotency-Key': id };

export async function mistakes() {
  // @ts-expect-error: what is done once has a key
  await api.POST('/v1/slots/{slot}/holds', { params: { path: { slot: id } }, body: { patient_id: id } });
  // @ts-expect-error: a member is missing
  await api.POST('/v1/slots/{slot}/holds', { params: { path: { slot: id }, header }, body: {} });
  // @ts-expect-error: a member has another type
  await api.POST('/v1/slots/{slot}/holds', { params: { path: { slot: id }, header }, body: { patient_id: 7 } });
  // @ts-expect-error: an update says which state it was made for
  await api.PATCH('/v1/patients/{patient}', { params: { path: { patient: id } }, body: { given_name: 'Ada' } });
  // @ts-expect-error: there is no such operation
  await api.DELETE('/v1/appointments/{appointment}', { params: { path: { appointment: id } } });
  // @ts-expect-error: there is no such filter
  await api.GET('/v1/slots', { params: { query: { organization_id: id } } });

  const { data, error } = await api.GET('/v1/appointments/{appointment}', { params: { path: { appointment: id } } });
  // @ts-expect-error: it may have been refused
  data.status;
  // @ts-expect-error: nobody is told who refused
  data?.booked_by;
  // @ts-expect-error: reading is never told that a slot is taken
  return error?.type === 'https://api.clinic.test/problems/slot-taken';
}
