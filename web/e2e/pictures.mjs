/** Pictures of the webmail, for the documents: `make pictures`. */

import { row, signIn, story, told } from "./page.mjs";

story(async ({ open, step }) => {
  for (const [name, colorScheme, viewport] of [
    ["light", "light", { width: 1280, height: 800 }],
    ["dark", "dark", { width: 1280, height: 800 }],
    ["phone", "light", { width: 390, height: 780 }],
  ]) {
    const shoot = async (what) => {
      step(`${what}-${name}`);
      await page.mouse.move(0, 0);
      await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
      await page.screenshot({ path: `${told.folder}/${what}-${name}.png` });
    };
    const page = await open({ colorScheme, viewport });
    if (name !== "dark") {
      await page.goto("/mail/");
      await page.getByLabel("Email address").waitFor();
      await shoot("sign-in");
    }
    await signIn(page);
    if (name === "phone") await shoot("list");
    await row(page, "The slides for Thursday").click();
    await page.frameLocator(".reading-frame").getByText("The room by the stairs is free").waitFor();
    await shoot("mail");
    if (name === "phone") {
      await page.context().close();
      continue;
    }
    await page.keyboard.press("r");
    const panel = page.locator(".compose-panel");
    await panel.getByRole("textbox", { name: "Text of the message" }).pressSequentially("Ten is good. I bring the parcel.");
    await shoot("write");
    await panel.getByRole("button", { name: "Discard the draft" }).click();
    await page.goto("/mail/settings/general");
    await page.locator("#settings-page-title").waitFor();
    await shoot("settings");
    await page.context().close();
  }
});
