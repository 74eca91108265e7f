/**
 * Who one is: a passkey, codes of an app, recovery codes, another password; a program that is allowed to use the mail; and being
 * put out, in every window.
 */

import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { ada, assert, gone, row, rows, story, told, until } from "./page.mjs";

const NEW = "a sesame that nobody has guessed";
const SUBJECT = "The slides for Thursday";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PERIOD = 30_000;

story(
  async ({ open, step }) => {
    const page = await open();
    await authenticator(page);

    step("signed in elsewhere, by the password alone");
    const early = await open();
    await withPassword(early, ada.password);
    await rows(early).first().waitFor();

    step("a passkey is made");
    await withPassword(page, ada.password);
    await rows(page).first().waitFor();
    await row(page, SUBJECT).click();
    await page.frameLocator(".reading-frame").getByText("The room by the stairs is free").waitFor();
    await until("mail is kept on this machine", async () => (await keptHere(page)) > 0);
    await page.goto("/mail/settings/security");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("My key");
    await page.getByRole("button", { name: "Save" }).click();
    const shown = page.locator(".settings-secrets code");
    await shown.first().waitFor();
    const recovery = await shown.allTextContents();
    assert.ok(recovery.length >= 8, `${recovery.length} recovery codes`);
    await page.getByRole("dialog").getByText("Another browser was signed out.").waitFor();
    await page.getByRole("dialog").getByRole("button").last().click();
    await page.locator(".settings-item").filter({ hasText: "My key" }).waitFor();
    await early.getByText("You have been signed out.").waitFor();
    await early.context().close();

    step("signed out, nothing stays");
    await signOut(page);
    assert.equal(await keptHere(page), 0);

    step("a program is allowed");
    const token = await allowed(page);
    const session = await fetch(`${told.url}/jmap/session`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await session.json()).username, ada.address);
    await signOut(page);

    step("signed in by the passkey");
    await page.goto("/mail/");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await rows(page).first().waitFor();
    await until("mail is kept again", async () => (await keptHere(page)) > 0);

    step("a code app");
    await page.goto("/mail/settings/security");
    await page.getByRole("button", { name: "Add a code app" }).click();
    const secret = await page.locator(".settings-code").textContent();
    const code = codes(secret);
    await page.getByLabel("Code", { exact: true }).fill("000000");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("That code is not right").waitFor();
    await page.getByLabel("Code", { exact: true }).fill(code());
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("On: signing in asks for a code.").waitFor();
    await signOut(page);

    step("signed in by a code");
    await withPassword(page, ada.password);
    await withCode(page, code());
    await rows(page).first().waitFor();

    step("signed in elsewhere by a recovery code, which is good once");
    const other = await open();
    await withPassword(other, ada.password);
    await withRecovery(other, recovery[0]);
    await row(other, SUBJECT).click();
    await other.frameLocator(".reading-frame").getByText("The room by the stairs is free").waitFor();
    await until("mail is kept there", async () => (await keptHere(other)) > 0);
    const thief = await open();
    await withPassword(thief, ada.password);
    await withRecovery(thief, recovery[0]);
    await thief.getByText("That recovery code is wrong or has been used.").waitFor();
    assert.equal(await rows(thief).count(), 0);

    step("somebody is writing there");
    const isSaved = (route) => (route.request().postData()?.includes("Email/set") ? route.abort("failed") : route.fallback());
    await other.route("**/jmap/api", isSaved);
    await other.getByRole("button", { name: "Write", exact: true }).first().click();
    await other.getByLabel("Subject").fill("Half a letter");

    step("put out from here, there it has ended");
    await page.goto("/mail/settings/devices");
    const signIns = page.locator(".settings-item").filter({ hasText: "Chrome" });
    await until("there are two", async () => (await signIns.count()) === 2 || signIns.count());
    const theirs = signIns.filter({ hasNot: page.locator(".settings-tag") });
    await theirs.getByRole("button").click();
    await gone(signIns.nth(1));
    await other.getByText("You have been signed out.").waitFor();
    await until("nothing of it stays there", async () => (await keptHere(other)) === 0 || keptHere(other));

    step("another password");
    await page.goto("/mail/settings/security");
    await page.getByLabel("Present password").fill(ada.password);
    await page.getByLabel("New password").fill(NEW);
    await page.getByLabel("The new one once more").fill(NEW);
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("The password is changed").waitFor();
    await withPassword(other, ada.password);
    await other.getByRole("alert").filter({ hasText: "password" }).waitFor();
    await withPassword(other, NEW);
    await withRecovery(other, recovery[1]);
    await rows(other).first().waitFor();
    await other.unroute("**/jmap/api", isSaved);
    await other.locator(".compose-panel").filter({ hasText: "Half a letter" }).waitFor();

    step("asked anew who one is, a recovery code is enough");
    const isOld = (route) =>
      route.request().postData()?.includes("SecondFactor/renew")
        ? route.fulfill({ json: { methodResponses: [["error", { type: "signInTooOld" }, "0"]] } })
        : route.fallback();
    await page.route("**/jmap/api", isOld);
    await page.getByRole("button", { name: /^New recovery codes/ }).click();
    const anew = page.getByRole("dialog", { name: "Is it you?" });
    await anew.getByLabel("Password").fill(NEW);
    await anew.getByRole("button", { name: "Continue" }).click();
    await anew.getByRole("button", { name: "Use a recovery code instead" }).click();
    await anew.getByLabel("Recovery code").fill(recovery[0]);
    await anew.getByRole("button", { name: "Continue" }).click();
    await anew.getByText("That recovery code is wrong or has been used.").waitFor();
    await page.unroute("**/jmap/api", isOld);
    await anew.getByLabel("Recovery code").fill(recovery[2]);
    await anew.getByRole("button", { name: "Continue" }).click();
    await shown.first().waitFor();
    await page.getByRole("dialog").getByRole("button").last().click();

    step("signed out in one window, in all of them");
    const second = await page.context().newPage();
    await second.goto("/mail/");
    await rows(second).first().waitFor();
    await signOut(page);
    await second.getByLabel("Email address").waitFor();
    assert.equal(await rows(second).count(), 0);
    assert.equal(await keptHere(second), 0);
    await rows(other).first().waitFor();
  },
  { complaints: [/status of 401/, /WebSocket/, /ERR_FAILED/] },
);

/** One that belongs to the page: it has a person behind it who touches it and is known to it. */
async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** A program on this very machine sends somebody here, who signs in by their passkey and says yes; its access token. */
async function allowed(page) {
  const verifier = "v".repeat(43);
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(
      `<!doctype html><title>Reader</title><link rel="icon" href="data:,"><a href="${told.url}/oauth/authorize?${asked}">Connect</a>`,
    );
  });
  let asked = "";
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const here = `http://127.0.0.1:${server.address().port}`;
    const client = { client_name: "Reader", redirect_uris: ["http://127.0.0.1/done"] };
    const registered = await fetch(`${told.url}/oauth/register`, { method: "POST", body: JSON.stringify(client) });
    const { client_id } = await registered.json();
    const program = { client_id, redirect_uri: `${here}/done` };
    asked = new URLSearchParams({
      ...program,
      response_type: "code",
      state: "here & now",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    })
      .toString()
      .replaceAll("&", "&amp;");
    await page.goto(here);
    await page.getByRole("link", { name: "Connect" }).click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByText(`Reader asks for access to the mail of ${ada.address}.`).waitFor();
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    await page.waitForURL(`${here}/done?*`);
    const answer = new URL(page.url()).searchParams;
    assert.equal(answer.get("state"), "here & now");
    assert.equal(answer.get("iss"), told.url);
    const given = { ...program, grant_type: "authorization_code", code: answer.get("code"), code_verifier: verifier };
    const issued = await fetch(`${told.url}/oauth/token`, { method: "POST", body: new URLSearchParams(given) });
    return (await issued.json()).access_token;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function withPassword(page, password) {
  await page.goto("/mail/");
  await page.getByLabel("Email address").fill(ada.address);
  await page.locator("#sign-in-password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function withCode(page, code) {
  await page.locator(".sign-in-code").fill(code);
  await page.getByRole("button", { name: "Go on" }).click();
}

async function withRecovery(page, code) {
  await page.getByRole("button", { name: "Use a recovery code instead" }).click();
  await page.locator(".sign-in-code").and(page.getByLabel("Recovery code")).waitFor();
  await withCode(page, code);
}

async function signOut(page) {
  await page.goto("/mail/");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Email address").waitFor();
}

/** How many objects of somebody's mail the browser keeps, in its database and its cache of files. */
function keptHere(page) {
  return page.evaluate(async () => {
    const names = await caches.keys();
    const files = names.includes("seen") ? (await (await caches.open("seen")).keys()).length : 0;
    const known = await indexedDB.databases();
    if (!known.some(({ name }) => name === "pillarbox")) return files;
    const db = await new Promise((is, failed) => {
      const request = indexedDB.open("pillarbox");
      request.onsuccess = () => is(request.result);
      request.onerror = () => failed(request.error);
    });
    try {
      if (!db.objectStoreNames.contains("objects")) return files;
      const count = db.transaction("objects").objectStore("objects").count();
      return await new Promise((is, failed) => {
        count.onsuccess = () => is(files + count.result);
        count.onerror = () => failed(count.error);
      });
    } finally {
      db.close();
    }
  });
}

/** What a code app shows (RFC 6238), each step once: where a step has been shown already, the next. */
function codes(secret) {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Math.floor(Date.now() / PERIOD));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(last));
    const mac = createHmac("sha1", bytes(secret)).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  };
}

/** Base 32 (RFC 4648 §6). */
function bytes(text) {
  const bits = [...text].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}
