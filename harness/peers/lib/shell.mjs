// A terminal: one bash, which is given the commands of a document one after the other.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { must } from './conversation.mjs';

/** The environment of somebody who has no settings of ours. */
export function environment(more = {}) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('BRIGANDINE_'));
  return { ...Object.fromEntries(own), ...more };
}

/** The shell blocks of Markdown, in order. */
export const blocks = (markdown, language = 'sh') =>
  [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , text]) => text);

/** The commands of a block: a line that ends in a backslash goes on in the next. */
export const commands = (block) => block.replaceAll('\\\n', ' ').split('\n').filter((line) => line.trim() !== '');

export class Shell {
  #bash;
  #heard = '';
  #waiting = () => {};

  constructor(folder, env) {
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#heard += text;
        this.#waiting();
      });
    }
    this.#bash.on('close', () => this.#waiting());
  }

  /** Runs one command to its end; answers what it printed, or throws when it failed. */
  async run(command) {
    const mark = randomUUID();
    this.#heard = '';
    this.#bash.stdin.write(`{ ${command}\n} 2>&1 </dev/null\necho "${mark} $?"\n`);
    const end = new RegExp(`${mark} (\\d+)\n`);
    while (!end.test(this.#heard)) {
      must(this.#bash.exitCode === null, `the shell ended: ${this.#heard}`);
      await new Promise((resolve) => { this.#waiting = resolve; });
    }
    const [printed] = this.#heard.split(mark);
    const [, status] = this.#heard.match(end);
    must(status === '0', `${command} ended with ${status}: ${printed.trim()}`);
    return printed;
  }

  end() {
    this.#bash.kill('SIGKILL');
  }
}
