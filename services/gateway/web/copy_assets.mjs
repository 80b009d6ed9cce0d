// Puts the files of npm packages that the pages serve under static/vendor (ignored by git). Run by `npm run assets` after `npm ci`.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../../../node_modules");
const vendor = join(here, "static/vendor");

const wanted = [
  "htmx.org/dist/htmx.min.js",
  "@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-400-normal.woff2",
  "@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-600-normal.woff2",
  "@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2",
  "@fontsource/noto-sans-lao-looped/files/noto-sans-lao-looped-lao-400-normal.woff2",
  "@fontsource/noto-sans-lao-looped/files/noto-sans-lao-looped-lao-600-normal.woff2",
];

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const path of wanted) {
  const name = path.split("/").at(-1);
  cpSync(join(modules, path), join(vendor, name));
  console.log(`static/vendor/${name}`);
}
