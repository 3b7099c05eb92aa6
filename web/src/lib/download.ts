/** Files of the API, saved by the browser. */

import { authorized } from "../api/client.ts";
import { problemOf } from "../api/problem.ts";

/** How a file is written. */
export type Format = "csv" | "jsonl";

/**
 * Fetches a file and has the browser save it. A link would not do: the token that the API wants is in memory alone.
 * What breaks off is thrown, so that nobody takes half a file for a whole one.
 */
export async function download(path: string, query: Record<string, string>): Promise<void> {
  const answer = await authorized(new Request(`${location.origin}${path}?${new URLSearchParams(query)}`));
  if (!answer.ok) throw await problemOf(answer);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "export";
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
