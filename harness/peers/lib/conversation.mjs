// The harness asks with one JSON line over standard input; each gets one JSON line back.
//
// The first line is the set-up, and what the story says of itself is the answer to it. Then every `{"command": "next"}`
// tries one step: `{"story": …}` if it came out, with `"failed": why` if it did not, and `{"end": true}` after the last.
import { createInterface } from 'node:readline';

// Standard output is for the harness; libraries' notices go beside it.
console.info = console.warn;
console.log = console.warn;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

export async function setup() {
  return JSON.parse((await lines.next()).value);
}

/** Tries the steps, in order, whenever the harness asks for the next. */
export async function tell(steps) {
  const waiting = Object.entries(steps);
  for await (const line of lines) {
    if (JSON.parse(line).command !== 'next') say({ error: 'the only command is next' });
    else if (waiting.length === 0) say({ end: true });
    else {
      const [story, step] = waiting.shift();
      await Promise.resolve().then(step).then(() => say({ story }), (error) => say({ story, failed: explain(error) }));
    }
  }
}

function explain(error) {
  const parts = [error.message, error.error, error.error_description, error.cause?.message ?? error.cause];
  return parts.filter((part) => part !== undefined).map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(': ');
}

/** Ends a step that did not come out. */
export function must(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
