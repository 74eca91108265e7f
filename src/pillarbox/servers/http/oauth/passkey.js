// Signing in by a passkey on the way to allowing a program: the one thing there that a form cannot do.
"use strict";

const button = document.getElementById("passkey");
const problem = document.getElementById("problem");

const post = (path, value) =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

async function signIn() {
  const asked = await (await post("/sign-in/passkey/options", {})).json();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey);
  const credential = await navigator.credentials.get({ publicKey });
  const answer = await post("/sign-in/passkey", { credential: credential.toJSON(), stay: false });
  if (!answer.ok) throw new Error(answer.statusText);
  location.replace(button.dataset.next);
}

if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  button.hidden = false;
  button.addEventListener("click", () => {
    problem.hidden = true;
    signIn().catch(() => {
      problem.hidden = false;
    });
  });
}
