// `fetch` to a service whose public name is not in any DNS: the address is the harness's, the name and the authority are
// checked as ever.
import { request } from 'node:https';
import { Readable } from 'node:stream';

/** A function like `fetch` that never follows a redirection. */
export function wire({ address, port, authority }) {
  return (url, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const { hostname, pathname, search } = new URL(url);
      const text = body === undefined || body === null ? undefined : String(body);
      const fields = Object.fromEntries(new Headers(headers));
      if (text !== undefined) {
        fields['content-type'] ??= 'application/x-www-form-urlencoded';
        fields['content-length'] = Buffer.byteLength(text);
      }
      const options = {
        host: address, port, servername: hostname, ca: authority, method, path: pathname + search,
        headers: { ...fields, host: hostname },
      };
      const outgoing = request(options, (incoming) => {
        const pairs = [];
        for (let at = 0; at < incoming.rawHeaders.length; at += 2) pairs.push(incoming.rawHeaders.slice(at, at + 2));
        const empty = [204, 304].includes(incoming.statusCode);
        const answer = new Response(empty ? null : Readable.toWeb(incoming), { status: incoming.statusCode, headers: pairs });
        if (empty) incoming.resume();
        resolve(answer);
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    });
}
