import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

import { compress } from "./scripts/compress.ts";

/** Where `npm run dev` finds a server: the address of `bellwether demo`. */
const server = process.env.BELLWETHER_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/app/",
  plugins: [svelte(), tailwindcss(), compress()],
  build: {
    target: "es2022",
    // The server's content policy lets no script stand in the page, and every browser we serve preloads.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { "^/(api|openapi.json|docs|healthz|readyz)": server } },
});
