// The arena, started as a script would: without a terminal, and with nothing to read.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { must } from '../lib/conversation.mjs';
import { environment, Shell } from '../lib/shell.mjs';

export function arena({ harness, arena: { refused, ends } }) {
  const said = [];
  let playing, ended, shell;

  const steps = {
    'arena: it starts, says what there is to try, and goes on without any input': async () => {
      playing = spawn(harness, ['arena'], { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
      ended = new Promise((resolve) => { playing.on('close', resolve); });
      for await (const line of createInterface({ input: playing.stdout })) {
        said.push(line);
        if (line === ends) break;
      }
      must(said.at(-1) === ends, `it said ${JSON.stringify(said)}`);
    },
    'arena: every line that it prints does what it says': async () => {
      shell = new Shell(tmpdir(), environment());
      let expected = /\(2\d\d\)\s*$/;
      let tried = 0;
      for (const line of said) {
        if (line === refused) expected = /\((401|403)\)\s*$/;
        if (!line.startsWith('  ')) continue;
        const printed = await shell.run(line.trim());
        if (line.includes('api() {')) continue;
        tried += 1;
        must(expected.test(printed), `${line.trim()} answered ${printed}`);
        const list = / \S+\/v1\/(patients|slots|appointments)$/.test(line.trim());
        must(!list || JSON.parse(printed.replace(/ \(\d+\)\s*$/, '')).items.length > 0, `${line.trim()} shows nothing`);
      }
      must(tried > 2, `${tried} lines were tried`);
    },
    'arena: it still runs, ends when it is told to, and leaves nothing behind': async () => {
      must(playing.exitCode === null, 'it ended by itself');
      const [folder] = said.join('\n').match(/\S+(?=\/data\/ca\.pem)/) ?? [];
      must(folder && existsSync(folder), `there is no ${folder}`);
      playing.kill('SIGTERM');
      must((await ended) === 0, 'it does not end well');
      must(!existsSync(folder), `${folder} is left behind`);
    },
  };
  const leave = async () => {
    playing?.kill('SIGTERM');
    shell?.end();
  };
  return { steps, leave };
}
