/** One letter with all that may belong to it: a signature, files, a picture, a hint, a tab that dies, a time to go; and how it is read. */

import { ada, ask, assert, ben, drop, gone, PICTURE, paste, reading, row, signIn, story, toast, until } from "./page.mjs";

const SUBJECT = "The lock of the boathouse";

story(async ({ open, step }) => {
  let page = await open();
  const panel = () => page.locator(".compose-panel");
  const text = () => panel().getByRole("textbox", { name: "Text of the message" });
  step("a name and a signature");
  await signIn(page);
  await page.goto("/mail/settings/identities");
  await page.getByRole("button", { name: `Edit ${ada.address}` }).click();
  const editor = page.getByRole("dialog", { name: "Edit" });
  await editor.getByLabel("Name").fill("Ada Quill");
  await editor.getByLabel("Signature").fill("Ada Quill\nBoathouse 3");
  await editor.getByRole("button", { name: "Save" }).click();
  await gone(editor);
  await page.getByText("Ada Quill", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Back to the mail" }).click();

  step("recipients are completed from past mail");
  await row(page, "Key to the workshop").waitFor();
  await page.keyboard.press("c");
  const to = panel().getByRole("combobox", { name: "To" });
  await to.pressSequentially("lindq");
  await page.getByRole("option", { name: /Mara Lindqvist/ }).waitFor();
  await page.keyboard.press("Enter");
  await panel().getByText("Mara Lindqvist").waitFor();
  await panel().getByRole("button", { name: "Remove Mara Lindqvist" }).click();
  await to.fill(`${ben.address},`);
  await text().getByText("Boathouse 3").waitFor();

  step("what is written is saved, and survives the tab");
  await panel().getByLabel("Subject").fill(SUBJECT);
  await text().press("Control+Home");
  await text().pressSequentially("It sticks. A drawing is attached.");
  await panel().getByText("Saved", { exact: true }).waitFor();
  await until("it is among the drafts", async () => {
    const seen = await ask("subjects", ada.address, "Drafts");
    return (seen.length === 1 && seen[0] === SUBJECT) || seen;
  });
  await text().pressSequentially(" Hold it up while you turn the key.");
  const dead = page;
  page = await dead.context().newPage();
  await dead.close();
  await page.goto("/mail/");
  await panel().getByRole("button", { name: SUBJECT }).click();
  await panel().getByText("You had been writing this when the page was closed.").waitFor();
  await text().getByText("Hold it up while you turn the key.").waitFor();
  assert.equal(await panel().getByLabel("Subject").inputValue(), SUBJECT);

  step("attached, it says, and nothing is");
  await panel().getByRole("button", { name: "Send", exact: true }).click();
  const doubt = page.getByRole("dialog", { name: "Send it like this?" });
  await doubt.getByText("You wrote “attached”, but nothing is attached.").waitFor();
  await doubt.getByRole("button", { name: "Go on writing" }).click();

  step("a file dropped, with its progress");
  const line = await page.context().newCDPSession(page);
  const speed = (bytes) =>
    line.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytes,
    });
  await line.send("Network.enable");
  await speed(60_000);
  await drop(panel(), ["../drawing\u202etxt.csv", "text/csv", "part;turns\nkey;2\n".repeat(30_000)]);
  const progress = panel().getByRole("progressbar");
  await progress.waitFor();
  await until("it has come some of the way", async () => {
    const value = (await progress.count()) ? await progress.evaluate((bar) => bar.value) : "done";
    return (value > 0 && value < 1) || value;
  });
  await speed(-1);
  await gone(progress);

  step("a picture pasted into the text");
  await text().press("Control+Home");
  await paste(text(), ["key.png", "image/png", PICTURE]);
  await text().locator("img").waitFor();
  await until("it is shown", () =>
    text()
      .locator("img")
      .evaluate((picture) => picture.naturalWidth === 24),
  );

  const waiting = page.getByRole("dialog", { name: "Scheduled messages" });
  const sendLater = async () => {
    await panel().getByRole("button", { name: "Send later" }).click();
    await page
      .getByRole("dialog", { name: "Send later" })
      .getByRole("button", { name: /Tomorrow morning/ })
      .click();
    await toast(page, "To be sent").waitFor();
    await gone(panel());
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await waiting.getByText(SUBJECT).waitFor();
  };
  step("sent later");
  await sendLater();
  assert.deepEqual(await ask("subjects", ben.address, "INBOX"), []);

  step("it waits on the server, and is taken back");
  await waiting.getByRole("button", { name: "Edit" }).click();
  await text().getByText("Hold it up while you turn the key.").waitFor();
  await until("its picture is still there", () =>
    text()
      .locator("img")
      .evaluate((picture) => picture.naturalWidth === 24),
  );

  step("put off once more, then sent after all");
  await sendLater();
  await waiting.getByRole("button", { name: "Send now" }).click();
  await waiting.getByText("Nothing is scheduled").waitFor();
  await until("the other one has it", async () => {
    const seen = await ask("subjects", ben.address, "INBOX");
    return (seen.length === 1 && seen[0] === SUBJECT) || seen;
  });
  assert.deepEqual(await ask("subjects", ada.address, "Drafts"), []);

  step("the other one reads it");
  const his = await open();
  await his.goto("/mail/");
  await his.getByLabel("Email address").fill(ben.address);
  await his.locator("#sign-in-password").fill(ben.password);
  await his.getByRole("button", { name: "Sign in", exact: true }).click();
  await row(his, SUBJECT).waitFor();
  await row(his, SUBJECT).click();
  const frame = his.frameLocator(".reading-frame");
  await frame.getByText("Hold it up while you turn the key.").waitFor();
  await until("the picture is in it", () => frame.locator("img").evaluate((picture) => picture.naturalWidth === 24));
  await reading(his).getByRole("button", { name: "Verified" }).waitFor();
  await reading(his).getByText("Ada Quill").first().waitFor();

  step("what is harmless is shown, under a name that hides nothing");
  await reading(his).getByTitle("Show drawingtxt.csv").click();
  const preview = his.getByRole("dialog", { name: "drawingtxt.csv" });
  await preview.getByText("part;turns").waitFor();
  const [download] = await Promise.all([his.waitForEvent("download"), preview.getByRole("button", { name: /^Save/ }).click()]);
  assert.equal(download.suggestedFilename(), "drawingtxt.csv");
});
