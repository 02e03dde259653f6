// The only script of the sign-in pages: everything but passkeys works without it. It asks the browser for a passkey and
// submits an ordinary form with the answer; it fetches nothing.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button");
  const problem = form.querySelector("[role=alert]");
  const options = JSON.parse(form.dataset.options).publicKey;

  const supported = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  if (!supported) {
    problem.textContent = form.dataset.unsupported;
    button.disabled = true;
    continue;
  }

  const ask = () =>
    form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });

  button.addEventListener("click", async (event) => {
    event.preventDefault();
    // A form that a script submits is checked by nobody else.
    if (!form.reportValidity()) return;
    button.disabled = true;
    problem.textContent = "";
    try {
      const credential = await ask();
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      // Cancelled, timed out, or no passkey: which of them is the browser's secret.
      problem.textContent = form.dataset.failed;
      button.disabled = false;
    }
  });
}
