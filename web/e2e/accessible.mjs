/** axe-core (WCAG 2.2 A and AA, and its own best practices) finds nothing, in the light on a desk, in the dark on a phone; `ways` has the dark desk. */

import { settled, violations } from "./axe.mjs";
import { assert, row, signIn, story } from "./page.mjs";

const PAGES = ["general", "reading", "writing", "identities", "vacation", "forwarding", "sharing", "security", "devices"];

story(async ({ open, step }) => {
  const found = [];
  for (const [colorScheme, viewport] of [
    ["light", { width: 1280, height: 800 }],
    ["dark", { width: 390, height: 844 }],
  ]) {
    // the page's policy lets nobody put a script in; a test must
    const page = await open({ colorScheme, viewport, bypassCSP: true, serviceWorkers: "block" });
    const isPhone = viewport.width < 600;
    const look = async (where) => {
      const name = `${where}, ${colorScheme}, ${viewport.width}`;
      step(name);
      await settled(page);
      found.push(...(await violations(page, name)));
    };
    await page.goto("/mail/");
    await page.getByLabel("Email address").waitFor();
    await look("sign-in");
    await signIn(page);
    await look("list");
    await row(page, "The slides for Thursday").click();
    await page.frameLocator(".reading-frame").getByText("The room by the stairs is free").waitFor();
    await look("message");
    if (isPhone) await page.goBack();
    else {
      await row(page, "Key to the workshop").getByRole("checkbox").check({ force: true });
      await look("chosen");
      await page.keyboard.press("Escape");
    }
    if (!isPhone) {
      await page.keyboard.press("m");
      await page.locator(".palette input").waitFor();
      await look("move");
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await look("keys");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /^Account/ }).click();
      await page.getByRole("menu").waitFor();
      await look("menu");
      await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: "Write", exact: true }).locator("visible=true").click();
    const panel = page.locator(".compose-panel");
    await panel.getByRole("textbox", { name: "Text of the message" }).waitFor();
    await panel.getByRole("combobox", { name: "To" }).fill("mara@northlight.example,");
    await look("composer");
    await panel.getByRole("button", { name: "Discard the draft" }).click();
    for (const each of PAGES) {
      await page.goto(`/mail/settings/${each}`);
      await page.locator("#settings-page-title").waitFor();
      await look(`settings/${each}`);
    }
    await page.context().close();
  }
  for (const each of found) console.error(each);
  assert.equal(found.length, 0, `${found.length} violations`);
});
