import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

/** The system's own browser; none is ever downloaded. */
const browser = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // One service and one market for all of them, which each test has an account of its own in.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 860 },
    reducedMotion: "reduce",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: { ...(browser ? { executablePath: browser } : {}), args: ["--no-sandbox"] },
  },
});
