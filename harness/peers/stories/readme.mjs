// The README's part on running the service, from the first command to the last.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { browser } from '../lib/browser.mjs';
import { must } from '../lib/conversation.mjs';
import { blocks, commands, environment, Shell } from '../lib/shell.mjs';

const ISSUER = 'https://localhost:8443';
const SUBJECT = { name: 'Ada Lovelace', email: 'ada@clinic.example', password: 'the mill turns number cards' };

export function readme({ executable, readme: file, service }) {
  const text = readFileSync(file, 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Run the service'));
  // `cargo build`, `serve` | curl | bootstrap | clients, PKCE | token, /v1/me | check-config, bootstrap, serve
  const written = blocks(section);
  const folder = mkdtempSync(join(tmpdir(), 'brigandine-first-steps-'));
  const [bin, target] = [join(folder, 'bin'), join(folder, 'target/release')];
  mkdirSync(bin);
  mkdirSync(target, { recursive: true });
  symlinkSync(service, join(target, 'brigandine-api'));
  symlinkSync(service, join(bin, 'brigandine-api'));
  const program = (name, lines) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // It is built already.
  program('cargo', '[ "$*" = "build --release -p brigandine-api" ]');
  // Ports that are free here, so that two runs, and whatever else listens at 8443, do not meet.
  const env = environment({
    PATH: `${bin}:${process.env.PATH}`, BRIGANDINE_SERVER__LISTEN: '127.0.0.1:0', BRIGANDINE_OPERATIONS__LISTEN: '127.0.0.1:0',
  });
  const shell = new Shell(folder, env);
  let serving, chromium, page, link, address, code, token;
  const jumped = [];

  const headed = (name) => page.getByRole('heading', { level: 1, name }).waitFor();
  const press = (name) => page.getByRole('button', { name, exact: true }).click();

  const steps = {
    'the README has the blocks that are run here, and no other': () => must(written.length === 6, `it has ${written.length}`),
    'README: the service is built and served; on a terminal it speaks to people': async () => {
      const [build, serve, ...more] = commands(written[0]);
      must(more.length === 0 && serve.includes(' serve'), 'the first block does something else');
      await shell.run(build);
      serving = new Terminal(serve, folder, env);
      const [, listening] = await serving.says(/ INFO +Listening .*public=(\S+)/);
      const port = listening.split(':').pop();
      const own = `--connect-to localhost:8443:127.0.0.1:${port}`;
      program('curl', `PATH="$(echo "$PATH" | cut -d: -f2-)" exec curl -sS ${own} "$@"`);
      address = { issuer: ISSUER, address: '127.0.0.1', port: Number(port), executable };
    },
    'README: curl finds it, and trusts data/ca.pem': async () => {
      const [answer] = await each(written[1]);
      must(JSON.parse(answer).resource === ISSUER, answer);
    },
    'README: a link is printed for the first administrator': async () => {
      const [printed] = await each(written[2]);
      [link] = printed.match(/https:\/\/localhost:8443\/\S+?(?=")/) ?? [];
      must(link, printed);
    },
    'README: the link opens; who chose address and password is led to an authenticator app': async () => {
      const authority = readFileSync(join(folder, 'data/ca.pem'), 'utf8');
      chromium = await browser({ ...address, authority });
      page = await (await chromium.newContext({ locale: 'en-GB' })).newPage();
      page.setDefaultTimeout(30_000);
      page.on('request', (request) => jumped.push(request.url()));
      await page.goto(link);
      await page.getByLabel('name', { exact: false }).first().fill(SUBJECT.name);
      await page.getByLabel('E-mail address').fill(SUBJECT.email);
      await page.getByLabel('Password').fill(SUBJECT.password);
      await page.getByRole('button').click();
      await page.waitForLoadState();
      await page.goto(`${ISSUER}/signin`);
      await page.getByLabel('E-mail address').fill(SUBJECT.email);
      await page.getByLabel('Password').fill(SUBJECT.password);
      await press('Sign in');
      await headed('Add an authenticator app');
      const secret = Secret.fromBase32((await page.locator('.key').innerText()).replaceAll(/\s/g, ''));
      await page.getByLabel('Six digits').fill(new TOTP({ secret }).generate());
      await press('Add the app');
      await headed('Your recovery codes');
      await page.getByRole('link', { name: 'I have kept them' }).click();
      await headed('Your account');
    },
    'README: an application is registered, and sends the browser for a code': async () => {
      const printed = await each(written[3]);
      await page.goto(printed.at(-1).trim()).catch(() => {});
      const there = jumped.find((url) => url.startsWith('http://127.0.0.1:9999/callback'));
      must(there, `the browser came to ${jumped.at(-1)}`);
      // As it is told there: between `code=` and the next `&`.
      [, code] = there.match(/code=([^&]*)&/) ?? [];
      must(code, there);
    },
    'README: curl has a token for the code, and asks who it is': async () => {
      const [exchange, me] = commands(written[4]);
      const answer = JSON.parse(await shell.run(exchange.replace('code=…', `code=${code}`)));
      must(answer.access_token, JSON.stringify(answer));
      token = me.replace('Bearer …', `Bearer ${answer.access_token}`);
      const told = JSON.parse(await shell.run(token));
      must(told.display_name === SUBJECT.name, JSON.stringify(told));
    },
    'README: once signed out, the token is worth nothing': async () => {
      await page.goto(`${ISSUER}/account`);
      await press('Sign out');
      await headed('You are signed out');
      const refused = JSON.parse(await shell.run(token));
      must(refused.status === 401, JSON.stringify(refused));
    },
    'README: Ctrl-C ends the service': async () => {
      await chromium.close();
      chromium = undefined;
      must((await serving.interrupt()) === 0, 'it does not end well');
    },
    'README: with settings of one\'s own, the same': async () => {
      const [settings] = blocks(section, 'toml');
      const other = join(folder, 'other');
      mkdirSync(other);
      writeFileSync(join(other, 'brigandine.toml'), settings);
      await shell.run(`cd '${other}'`);
      const written6 = commands(written[5]);
      const serve = written6.pop();
      for (const command of written6) await shell.run(command);
      serving = new Terminal(serve, other, env);
      await serving.says(/Listening/);
      must((await serving.interrupt()) === 0, 'it does not end well');
    },
  };

  const each = async (block) => {
    const printed = [];
    for (const command of commands(block)) printed.push(await shell.run(command));
    return printed;
  };
  const leave = async () => {
    await chromium?.close();
    serving?.kill();
    shell.end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { steps, leave };
}

/** A command that keeps its terminal: util-linux `script` gives it one. */
class Terminal {
  #child;
  #said = '';
  #waiting = () => {};
  #ended;

  constructor(command, folder, env) {
    this.#child = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#said += text;
      this.#waiting();
    });
    this.#ended = new Promise((resolve) => { this.#child.on('close', (code) => { resolve(code); this.#waiting(); }); });
  }

  async says(words) {
    while (!words.test(this.#said)) {
      must(this.#child.exitCode === null, `it ended: ${this.#said}`);
      await new Promise((resolve) => { this.#waiting = resolve; });
    }
    return this.#said.match(words);
  }

  /** Presses Ctrl-C. */
  interrupt() {
    this.#child.stdin.write('\x03');
    return this.#ended;
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}
