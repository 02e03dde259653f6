// Somebody with a browser without scripts: a cookie jar, links and forms.
import { must } from './conversation.mjs';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#38': '&', '#60': '<', '#62': '>', '#34': '"', '#39': "'" };
const decode = (text) => text.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found ? decode(found[1]) : undefined;
};

/** A page that was answered, and where it is. */
class Page {
  constructor(url, status, html) {
    Object.assign(this, { url, status, html });
  }

  get heading() {
    return decode(this.html.match(/<h1>([^<]*)<\/h1>/)?.[1] ?? '');
  }

  get alert() {
    return decode(this.html.match(/role="alert"[^>]*><p>([^<]*)</)?.[1] ?? '');
  }

  /** The fields of the form with this action, as they stand. */
  form(action) {
    const forms = [...this.html.matchAll(/<form ([^>]*)>([\s\S]*?)<\/form>/g)];
    const form = forms.find(([, tag]) => attribute(` ${tag}`, 'action').split('?')[0] === action);
    must(form, `“${this.heading}” at ${this.url} has no form for ${action}`);
    const inputs = [...form[2].matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [attribute(tag, 'name'), attribute(tag, 'value') ?? '']);
    return { action: attribute(` ${form[1]}`, 'action'), fields: Object.fromEntries(inputs) };
  }

  /** The addresses of its links. */
  get links() {
    return [...this.html.matchAll(/<a [^>]*>/g)].map(([tag]) => attribute(tag, 'href'));
  }
}

export class Visitor {
  #cookies = new Map();

  constructor(fetch, origin) {
    Object.assign(this, { fetch, origin });
  }

  cookie(name) {
    return this.#cookies.get(name);
  }

  /** Opens an address, and follows redirections as far as this origin: a `Page`, or the `URL` beyond it. */
  async open(url, options = {}) {
    let next = new URL(url, this.origin);
    for (let hop = 0; hop < 10; hop += 1) {
      if (next.origin !== this.origin) return next;
      const answer = await this.#send(next, options);
      const location = answer.headers.get('location');
      // A page that sends the browser on by itself.
      const onward = answer.headers.get('refresh')?.match(/^0;url=(.*)$/)?.[1];
      if (location === null && onward === undefined) return new Page(next, answer.status, await answer.text());
      await answer.body?.cancel();
      must(onward !== undefined || answer.status === 303, `redirected with ${answer.status}, which may send the form on`);
      next = new URL(location ?? onward, next);
      options = {};
    }
    throw new Error(`redirected for ever: ${next}`);
  }

  /** Fills in the form of a page and sends it. */
  async submit(page, action, fields = {}) {
    must(page instanceof Page, `no page, but ${page}`);
    const form = page.form(action);
    const headers = { origin: this.origin, 'sec-fetch-site': 'same-origin' };
    return this.open(form.action, { method: 'POST', headers, body: new URLSearchParams({ ...form.fields, ...fields }) });
  }

  async #send(url, options) {
    const jar = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...options.headers, ...(jar ? { cookie: jar } : {}) };
    const answer = await this.fetch(url, { ...options, headers });
    for (const cookie of answer.headers.getSetCookie()) this.#keep(cookie);
    return answer;
  }

  #keep(cookie) {
    const [pair, ...rules] = cookie.split(';').map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const lower = rules.map((rule) => rule.toLowerCase());
    must(name.startsWith('__Host-') && lower.includes('secure') && lower.includes('httponly') && lower.includes('path=/'), `a loose cookie: ${name}`);
    if (lower.includes('max-age=0')) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
