/** `node icons.mjs`: draws public/icon.svg as the PNG files that phones put on their home screens. Kept: run when the icon changes. */

import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

/** File, pixels, ground, and how much of it the icon takes: a mask may cut all but a circle of four fifths. */
const ICONS = [
  ["apple-touch-icon.png", 180, "#f4f5f8", 0.78],
  ["icon-192.png", 192, "transparent", 1],
  ["icon-512.png", 512, "transparent", 1],
  ["icon-maskable.png", 512, "#f4f5f8", 0.6],
];
const svg = readFileSync("public/icon.svg", "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" });
for (const [name, size, ground, part] of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const sheet = `body{margin:0;display:grid;place-items:center;height:100vh;background:${ground}}svg{width:${part * 100}vw}`;
  await page.setContent(`<style>${sheet}</style>${svg}`);
  writeFileSync(`public/${name}`, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
