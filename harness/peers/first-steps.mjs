// The commands of the README and of the arena, as they are written there. bash runs them, with the curl and the openssl of the
// machine; Chromium is the browser.
//
// Set-up: {executable, readme, service, harness, arena: {refused, ends}}: the browser, the README, the built service, the
// harness that was started, and two lines that the arena prints.
import { readme } from './stories/readme.mjs';
import { arena } from './stories/arena.mjs';
import { say, setup, tell } from './lib/conversation.mjs';

const given = await setup();
say({});
const [service, played] = [readme(given), arena(given)];
await tell({ ...service.steps, ...played.steps });
await service.leave();
await played.leave();
