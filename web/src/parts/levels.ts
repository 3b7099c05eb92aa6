/** The levels that alerts draw on a chart, and what it means to move one. */

import { type Alert, api, type Explanation, got, type PriceAlert } from "../api/client.ts";
import type { Level } from "../chart/types.ts";
import { levelsOf, WORDS } from "../lib/conditions.ts";
import { number, sentence } from "../lib/format.ts";
import { isPrice } from "../lib/watch.ts";

/** What the edges of a range are called. */
const EDGES = { price: "", low: "low", high: "high" };

/** Levels of alerts on an instrument; alerts on products have none. */
export function levelsOfAlerts(alerts: Alert[]): Level[] {
  return alerts.filter(isPrice).flatMap((alert) =>
    levelsOf(alert.condition).map(({ field, price }) => ({
      key: `${alert.id}-${field}`,
      alert: alert.id,
      field,
      price,
      name: [alert.name || WORDS[alert.condition.type].does, EDGES[field]].filter(Boolean).join(", "),
      label: `${alert.name || sentence(alert.sentence, alert.instrument)}: level at ${number(price)}`,
      isLive: alert.status === "active",
      isFixed: alert.status === "deleted",
    })),
  );
}

/** Prices that would fire an alert whose condition names none. */
export function levelsOfTargets(alert: Alert, { targets }: Explanation): Level[] {
  return targets.map(({ price, side }) => ({
    key: `${alert.id}-${side}`,
    alert: alert.id,
    field: null,
    price,
    name: "fires at",
    label: `Fires at ${number(price)}`,
    isLive: true,
    isFixed: true,
  }));
}

/** Moves a level, and so arms its alert anew. */
export function moveLevel(alert: PriceAlert, field: string, price: string): Promise<Alert> {
  const condition = { ...alert.condition, [field]: price } as PriceAlert["condition"];
  const params = { path: { id: alert.id } };
  return got(api.PATCH("/api/alerts/{id}", { params, body: { condition, version: alert.version } }));
}
