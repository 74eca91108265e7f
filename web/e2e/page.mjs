/** What every story here begins with: a browser, a page in it, somebody signed in; and whoever runs it, who is asked what only he can do. */

import { strict as assert } from "node:assert";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export { assert };

/** What we are told: {url, people: [{address, password}, …], program, folder}. */
export const told = JSON.parse(process.argv[2] ?? "{}");
export const [ada, ben] = told.people ?? [];
/** A machine may be busy; nothing waits so long where all is well. */
const PATIENCE = 45_000;
const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks whoever runs us: `deliver` mail to somebody, what `subjects` a folder has, its `flags`. */
export async function ask(what, ...given) {
  process.stdout.write(`?${JSON.stringify([what, ...given])}\n`);
  const { value } = await lines.next();
  return JSON.parse(value);
}

/** Runs a story in a browser of its own; the process fails with what went wrong, and with what the page complained of. */
export async function story(tell, { complaints = [] } = {}) {
  const browser = await chromium.launch({
    executablePath: told.program,
    chromiumSandbox: process.getuid?.() !== 0,
    args: FLAGS,
  });
  const heard = [];
  let at = "the beginning";
  const step = (name) => {
    at = name;
  };
  try {
    await tell({ step, open: (options) => open(browser, heard, options) });
    const unexpected = heard.filter((text) => !complaints.some((known) => known.test(text)));
    assert.deepEqual(unexpected, [], "the page complained");
  } catch (error) {
    console.error(`at "${at}": ${error?.stack ?? error}`);
    for (const text of heard) console.error(`  the page said: ${text}`);
    process.exitCode = 1;
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const [number, page] of pages.entries())
      await page.screenshot({ path: `${told.folder}/failed-${number}.png` }).catch(() => {});
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
}

async function open(browser, heard, options = {}) {
  const context = await browser.newContext({
    baseURL: told.url,
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("console", (message) => {
    // who is not signed in yet is told so
    if (message.type() === "error") heard.push(message.text());
  });
  page.on("pageerror", (error) => heard.push(String(error)));
  return page;
}

export async function signIn(page, person = ada) {
  await page.goto("/mail/");
  await page.getByLabel("Email address").fill(person.address);
  await page.locator("#sign-in-password").fill(person.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await rows(page).first().waitFor();
}

/** The rows of the list that stand for something. */
export const rows = (page) => page.locator(".list-row[data-id]");
export const row = (page, subject) => rows(page).filter({ hasText: subject });
export const reading = (page) => page.locator(".shell-reading");
export const toast = (page, text) => page.locator(".toast").filter({ hasText: text });
export const undo = (page, text) => toast(page, text).getByRole("button", { name: "Undo" }).click();
export const folder = (page, name) => page.locator(".shell-folders [role=treeitem]").filter({ hasText: name }).first();

/** Files drawn from outside onto a place, or pasted into it: [[name, type, text or bytes in base64], …]. */
export const drop = (locator, ...files) => hand(locator, "drop", files);
export const paste = (locator, ...files) => hand(locator, "paste", files);

async function hand(locator, how, files) {
  await locator.evaluate(
    (element, [kind, given]) => {
      const transfer = new DataTransfer();
      for (const [name, type, data] of given) {
        const bytes = type.startsWith("image/") ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : data;
        transfer.items.add(new File([bytes], name, { type }));
      }
      const init = { bubbles: true, cancelable: true };
      if (kind === "paste") {
        element.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: transfer }));
        return;
      }
      for (const each of ["dragenter", "dragover", "drop"])
        element.dispatchEvent(new DragEvent(each, { ...init, dataTransfer: transfer }));
    },
    [how, files],
  );
}

/** A red square of 24 pixels. */
export const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAAH0lEQVR42mM4oaBAFcQwatCoQaMGjRo0atCoQQNvEACQBlIfdhaySQAAAABJRU5ErkJggg==";

/** Until it is as said; tells what it was the last time. */
export async function until(what, look, patience = PATIENCE) {
  const end = Date.now() + patience;
  let seen;
  for (;;) {
    seen = await look();
    if (seen === true) return;
    if (Date.now() > end) assert.fail(`never: ${what} (${JSON.stringify(seen)})`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export const gone = (locator) => locator.waitFor({ state: "detached" });
