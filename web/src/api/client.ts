/** Calls of the API, typed by its own description. */

import createClient from "openapi-fetch";

import { problemFrom } from "./problem.ts";
import type { components, paths } from "./schema.d.ts";
import { session } from "./session.svelte.ts";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type Alert = Schemas["Alert"];
export type Advice = Schemas["Advice"];
export type Attempt = Schemas["Attempt"];
export type Candle = Schemas["Candle"];
export type ChannelInfo = Schemas["ChannelInfo"];
export type Condition = Schemas["Condition"];
export type Delivery = Schemas["Delivery"];
export type Explanation = Schemas["Explanation"];
/** The client's types know lists of any length only, also where the API has pairs. */
export type Evidence = Omit<Schemas["Evidence"], "trades"> & { trades?: number[] | null };
export type ListingEvidence = Schemas["ListingEvidence"];
export type Fire = Omit<Schemas["Fire"], "evidence"> & { evidence: Evidence | ListingEvidence };
export type Figures = Schemas["Figures"];
export type FireCounts = Schemas["FireCounts"];
export type Movers = Schemas["Movers"];
export type FeedState = Schemas["FeedState"];
export type FoundListing = Schemas["FoundListing"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type InstrumentInfo = Schemas["InstrumentInfo"];
export type ListingCondition = Schemas["ListingCondition"];
export type Money = Schemas["Money"];
export type NewPriceAlert = Schemas["NewPriceAlert"];
export type NewProductAlert = Schemas["NewProductAlert"];
export type Placeholder = Schemas["Placeholder"];
export type Polling = Schemas["Polling"];
export type PriceAlert = Extract<Alert, { kind: "price" }>;
export type ProductAlert = Exclude<Alert, { kind: "price" }>;
export type Preview = Schemas["Preview"];
export type MessagePreview = Schemas["MessagePreview"];
export type NewChannel = Schemas["NewChannel"];
export type QuarantinedTick = Schemas["QuarantinedTick"];
export type Queue = Schemas["Queue"];
export type Repeat = Schemas["Repeat"];
export type Report = Schemas["Report"];
export type Schedule = Schemas["Schedule"];
export type SearchDays = Schemas["SearchDays"];
export type SearchRecord = Schemas["SearchRecord"];
export type Status = Schemas["Status"];
/** What an alert or a fire of it watches, of whatever kind. */
export type Watch = Schemas["AlertSpec"];

/** Sends a request under the login, and once more where its token had just run out. */
export async function authorized(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await withToken(request);
  if (response.status !== 401 || !(await session.renew())) return response;
  return withToken(again);
}

async function withToken(request: Request): Promise<Response> {
  const token = await session.token();
  if (token) request.headers.set("authorization", `Bearer ${token}`);
  return fetch(request);
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: authorized,
  // `status=active&status=paused`, as the API reads lists.
  querySerializer: { array: { style: "form", explode: true } },
});

/** The body of an answer. What is not a success is thrown as a `Problem`. */
export async function got<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemFrom(response.status, error);
  return data as T;
}
