/** What strangers send: pictures that tell tales, invitations, newsletters, borrowed names, files that bite; printed, looked into, kept. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import {
  ada,
  ask,
  assert,
  ben,
  drop,
  folder,
  gone,
  PICTURE,
  reading,
  row,
  rows,
  signIn,
  story,
  toast,
  until,
} from "./page.mjs";

const BEN = `From: Ben <${ben.address}>`;
const PNG = Buffer.from(PICTURE, "base64");

story(
  async ({ open, step }) => {
    const asked = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await new Promise((done) => elsewhere.listen(0, "127.0.0.1", done));
    try {
      await tell({ open, step, host: `127.0.0.1:${elsewhere.address().port}` });
      assert.deepEqual(asked, [], "somebody else was asked for something");
    } finally {
      elsewhere.close();
    }
  },
  { complaints: [/404 \(Not Found\)/] },
);

async function tell({ open, step, host }) {
  const html = (body, ...fields) => mail("text/html", `<!doctype html><html><body>${body}</body></html>`, fields);
  const page = await open({ serviceWorkers: "block" });
  const menu = async (name) => {
    await reading(page).getByRole("button", { name: "More for this message" }).click();
    await page.getByRole("menuitem", { name }).or(page.getByRole("menuitemcheckbox", { name })).click();
  };
  const come = async (subject, message, from = null) => {
    const named = message.replace("Subject: ?", `Subject: ${subject}`);
    await (from ? ask("submit", from.address, ada.address, named) : ask("receive", ada.address, named));
    await row(page, subject).waitFor();
    await row(page, subject).click();
    await reading(page).getByRole("heading", { level: 1, name: subject }).waitFor();
  };
  await signIn(page);

  step("pictures wait until somebody wants them");
  const strangers = [];
  const ours = [];
  page.on("request", (request) => {
    const { origin, pathname, protocol } = new URL(request.url());
    if (pathname === "/picture") ours.push(request.url());
    else if (protocol.startsWith("http") && origin !== new URL(page.url()).origin) strangers.push(request.url());
  });
  await page.route("**/picture?*", (route) => route.fulfill({ status: 200, contentType: "image/png", body: PNG }));
  await come("A catalogue of kites", html(`<p>Kites!</p><img src="http://${host}/kite.png" width="300" height="200">`));
  const frame = page.frameLocator(".reading-frame").last();
  await frame.getByText("Kites!").waitFor();
  await reading(page).getByText("A picture is held back").waitFor();
  assert.deepEqual([...strangers, ...ours], []);
  await reading(page).getByRole("button", { name: "Show pictures" }).click();
  await until("it is shown", () => frame.locator("img").evaluate((picture) => picture.naturalWidth === 24));
  assert.deepEqual(strangers, []);
  assert.equal(
    ours.every((url) => url.includes(encodeURIComponent(`http://${host}/kite.png`))),
    true,
    ours.join(),
  );
  await page.unroute("**/picture?*");

  step("a name that anybody may borrow is not trusted from now on");
  assert.equal(await reading(page).getByRole("button", { name: "Always from" }).count(), 0);

  step("for a sender who is who he says, from now on");
  const kites = (name) => html(`<p>${name} kites</p><img src="http://${host}/${name}.png" width="300" height="200">`, BEN);
  const saved = page.waitForRequest((request) => (request.postData() ?? "").includes("picturesFrom"));
  await come("Kites, once more", kites("second"), ben);
  await reading(page)
    .getByRole("button", { name: `Always from ${ben.address}` })
    .click();
  await gone(reading(page).getByText("A picture is held back"));
  await (await saved).response();
  await come("Kites without end", kites("third"), ben);
  await frame.getByText("third kites").waitFor();
  // what leads inside our own house is not fetched by the proxy either: nobody hears of it
  await until("ours was asked", async () => ours.some((url) => url.includes("third.png")) || ours);
  await gone(reading(page).getByText("A picture is held back"));
  assert.deepEqual(strangers, []);

  step("a borrowed name");
  await come(
    "Your account is closed",
    mail("text/plain", "Sign in at once.\r\n", [], '"service@bank.example" <kites@stranger.example>'),
  );
  await reading(page).getByText("The name shows the address service@bank.example").waitFor();
  await reading(page).getByRole("button", { name: "Not verified" }).click();
  await reading(page).getByText("Nothing shows that it really comes from stranger.example").waitFor();

  step("leaving a newsletter");
  await come(
    "Kites weekly",
    html(
      "<p>Nobody reads this.</p>",
      `List-Unsubscribe: <mailto:${ben.address}?subject=leave%20kites>`,
      "List-Id: <k.example>",
    ),
  );
  await reading(page).getByRole("button", { name: "Unsubscribe" }).click();
  const sure = page.getByRole("dialog", { name: /^Unsubscribe from/ });
  await sure.getByText("This sender wants a message for that").waitFor();
  await sure.getByRole("button", { name: "Unsubscribe" }).click();
  const panel = page.locator(".compose-panel");
  await panel.waitFor();
  assert.equal(await panel.getByLabel("Subject").inputValue(), "leave kites");
  await panel.getByRole("button", { name: "Discard the draft" }).click();
  await gone(panel);

  step("an invitation is shown, and answered");
  await come("Invitation: launch", invitation());
  const card = reading(page).getByRole("region", { name: "Invitation" });
  await card.getByRole("heading", { name: "Launch of the kite" }).waitFor();
  await card.getByText("The north meadow").waitFor();
  await card.getByRole("button", { name: "Accept" }).click();
  await toast(page, "The organizer has been told.").waitFor();
  await until("the organizer has the answer", async () => {
    const seen = await ask("subjects", ben.address, "INBOX");
    return seen.includes("Accepted: Launch of the kite") || seen;
  });
  assert.match(await ask("text", ben.address, "INBOX", "Accepted: Launch of the kite"), /method="?REPLY"?/i);

  step("files that bite");
  await come("The bill", bitten());
  await reading(page).getByText("may do harm").waitFor();
  await reading(page).getByRole("button", { name: "Save bill.exe", exact: true }).last().click();
  const warning = page.getByRole("dialog", { name: "This file may do harm" });
  await warning.getByRole("button", { name: "Cancel" }).click();
  await gone(warning);

  step("its source");
  await menu("Source of the message");
  const source = page.getByRole("dialog", { name: "Source of the message" });
  await source.getByText("Content-Disposition: attachment").waitFor();
  await page.keyboard.press("Escape");
  await gone(source);

  step("on paper");
  await page.evaluate(() => {
    globalThis.printed = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes)
          if (node.classList?.contains("reading-print"))
            node.contentWindow.print = () => globalThis.printed.push(node.contentDocument.body.textContent);
    }).observe(document.body, { childList: true });
  });
  await menu("Print");
  await until("it is printed", () => page.evaluate(() => globalThis.printed.length === 1));
  assert.match(await page.evaluate(() => globalThis.printed[0]), /The bill[\s\S]*What you owe/);

  step("out as a file, and in again elsewhere");
  const [download] = await Promise.all([page.waitForEvent("download"), menu("Save as a file (.eml)")]);
  assert.match(download.suggestedFilename(), /The bill.*\.eml$/);
  const kept = await readFile(await download.path(), "utf8");
  assert.match(kept, /^Subject: The bill\r$/m);
  await drop(folder(page, "Archive"), ["bill.eml", "message/rfc822", kept]);
  await toast(page, "One message imported").or(toast(page, "imported into Archive")).waitFor();
  assert.deepEqual(await ask("subjects", ada.address, "Archive"), ["The bill"]);
  await folder(page, "Archive").click();
  await row(page, "The bill").waitFor();
  await until("it alone is there", async () => (await rows(page).count()) === 1);
}

const DATE = new Date().toUTCString().replace("GMT", "+0000");
let number = 0;
function mail(type, body, fields = [], from = "Kites <kites@stranger.example>") {
  const head = [
    ...(fields.some((field) => field.startsWith("From:")) ? [] : [`From: ${from}`]),
    `To: ${ada.address}`,
    "Subject: ?",
    `Date: ${DATE}`,
    `Message-ID: <${++number}@stranger.example>`,
    "MIME-Version: 1.0",
    ...fields,
    `Content-Type: ${type}; charset=utf-8`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}\r\n`;
}

function invitation() {
  const day = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
  const lines = [
    "BEGIN:VCALENDAR",
    "PRODID:-//stranger//EN",
    "VERSION:2.0",
    "METHOD:REQUEST",
    "BEGIN:VEVENT",
    "UID:launch@stranger.example",
    `DTSTAMP:${day}T080000Z`,
    `DTSTART:${day}T100000Z`,
    `DTEND:${day}T110000Z`,
    "SUMMARY:Launch of the kite",
    "LOCATION:The north meadow",
    `ORGANIZER;CN=Ben:mailto:${ben.address}`,
    `ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${ada.address}`,
    "SEQUENCE:0",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return mixed("text/calendar; method=REQUEST; charset=utf-8", `${lines.join("\r\n")}\r\n`, []);
}

function bitten() {
  return mixed("application/octet-stream", "MZ\r\n", ['Content-Disposition: attachment; filename="bill\u202e.exe"']);
}

function mixed(type, body, fields) {
  const part = [`Content-Type: ${type}`, ...fields].join("\r\n");
  const parts = `--=b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWhat you owe, and when.\r\n--=b\r\n${part}\r\n\r\n${body}--=b--`;
  return mail("multipart/mixed; boundary==b", parts).replace("boundary==b; charset=utf-8", 'boundary="=b"');
}
