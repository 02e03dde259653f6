// A real browser, which finds the service under its public name and checks its certificate.
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { chromium } from 'playwright-core';

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** The fingerprint of the service's key, after its certificate was checked against the authority. */
function pinned({ issuer, address, port, authority }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, servername: new URL(issuer).hostname, ca: authority }, () => {
      const key = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
      socket.end();
      resolve(createHash('sha256').update(key).digest('base64'));
    });
    socket.on('error', reject);
  });
}

/** Starts the browser. It knows no authority of the harness, so it is told the one key that it may take. */
export async function browser(given) {
  const { hostname, port } = new URL(given.issuer);
  return chromium.launch({
    executablePath: given.executable,
    args: [
      ...QUIET,
      `--host-resolver-rules=MAP ${hostname}:${port || 443} ${given.address}:${given.port}`,
      `--ignore-certificate-errors-spki-list=${await pinned(given)}`,
    ],
  });
}
