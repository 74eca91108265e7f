import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = "../src/pillarbox/servers/http/webmail/static";
const TEXTS = /\.(html|js|css|svg|json|webmanifest|txt)$/;
/** What the first look needs is one file, however many rooms share its parts. */
const FIRST =
  /node_modules\/(preact|@preact|lucide)\/|src\/(jmap|store|parts|shell|sign_in|folders|list|search|i18n\/index|[a-z]+\.tsx?)/;
/** Below this a compressed copy saves no packet. */
const LEAST = 1024;

/** Beside every text file its compressed copies, so that the server never compresses. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    closeBundle() {
      for (const path of filesBelow(OUT)) {
        if (!TEXTS.test(path) || statSync(path).size < LEAST) continue;
        const data = readFileSync(path);
        const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
        writeFileSync(`${path}.br`, brotliCompressSync(data, { params: quality }));
        writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
      }
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** `PILLARBOX=http://127.0.0.1:2080 npm run dev`: the pages from here, the mail from there. */
const mail = process.env.PILLARBOX ?? "http://127.0.0.1:2080";
const toMail = { target: mail, changeOrigin: true, secure: false, ws: true };

export default defineConfig({
  base: "/mail/",
  plugins: [precompressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    // browsers that know light-dark(): written for older ones, it would follow the system and not the theme that was chosen
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
    // no data: addresses: the page's policy lets fonts and pictures come from files only
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/worker/sw.ts" },
      output: {
        codeSplitting: { groups: [{ name: "first", test: FIRST }] },
        // browsers ask for the worker by its name, again and again
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    proxy: {
      "/jmap": toMail,
      "/.well-known/jmap": toMail,
      "/sign-in": toMail,
      "/sign-out": toMail,
      "/picture": toMail,
      "/mail/reader": toMail,
    },
  },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
} as Parameters<typeof defineConfig>[0]);
