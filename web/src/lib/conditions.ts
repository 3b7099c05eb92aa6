/** Every condition in plain words: what it is called, what it needs, and how a draft of it is written and read. */

import type { Condition, Repeat } from "../api/client.ts";
import { typed } from "./decimal.ts";

export type Kind = Condition["type"];

export interface Kinds {
  title: string;
  kinds: Kind[];
}

/** The kinds as the editor offers them. */
export const GROUPS: Kinds[] = [
  { title: "A price is reached", kinds: ["crossing", "crossing_up", "crossing_down", "above", "below"] },
  {
    title: "A range",
    kinds: ["entering_channel", "exiting_channel", "inside_channel", "outside_channel"],
  },
  { title: "A movement", kinds: ["change", "moving", "trailing", "new_high", "new_low"] },
  { title: "Several at once", kinds: ["all", "any"] },
  { title: "Nothing at all", kinds: ["silent"] },
];

interface Words {
  /** Follows the instrument's name. */
  does: string;
  /** When it fires, in a sentence. */
  means: string;
}

export const WORDS: Record<Kind, Words> = {
  crossing: { does: "reaches", means: "Fires when the price comes to the level from either side, or passes it." },
  crossing_up: { does: "rises to", means: "Fires when the price comes up to the level from below it." },
  crossing_down: { does: "falls to", means: "Fires when the price comes down to the level from above it." },
  above: { does: "is at or above", means: "Fires as soon as the price stands at the level or higher, even at once." },
  below: { does: "is at or below", means: "Fires as soon as the price stands at the level or lower, even at once." },
  entering_channel: { does: "enters a range", means: "Fires when the price comes into the range from outside." },
  exiting_channel: { does: "leaves a range", means: "Fires when the price goes out of the range." },
  inside_channel: { does: "is within a range", means: "Fires as soon as the price stands in the range, even at once." },
  outside_channel: { does: "is outside a range", means: "Fires as soon as the price stands outside, even at once." },
  change: { does: "moves from here by", means: "Measured from the price at which the alert is armed, then from each fire." },
  moving: { does: "moves quickly by", means: "Measured from the extreme of the last stretch of time: for sudden moves." },
  trailing: { does: "turns back by", means: "Follows the price to its extreme, and fires when it has come back so far." },
  new_high: { does: "reaches a new high", means: "Fires above every price of the time before." },
  new_low: { does: "reaches a new low", means: "Fires below every price of the time before." },
  all: { does: "meets all of these", means: "Fires when every part holds at the same time." },
  any: { does: "meets any of these", means: "Fires when at least one part holds." },
  silent: { does: "goes silent", means: "Fires when no trade has come for so long, once in each silence." },
};

/** What parts of `all` and `any` may be. */
export const PART_KINDS: Kind[] = [
  "above", "below", "inside_channel", "outside_channel", "moving", "new_high", "new_low",
];

/** Whether a kind holds or does not hold, rather than happening at one trade. */
export function isState(kind: Kind): boolean {
  return !/crossing|entering|exiting|silent/.test(kind);
}

/** Whether a kind makes sense for an instrument: of prices that are asked for now and then nobody knows a silence. */
export function suits(kind: Kind, instrument: string): boolean {
  return kind !== "silent" || !/^(uphold|coingecko):/.test(instrument);
}

/** The fields of a condition as they are typed, those of every kind side by side. */
export interface Draft {
  type: Kind;
  price: string;
  low: string;
  high: string;
  by: "percent" | "amount";
  percent: string;
  amount: string;
  direction: string;
  window: string;
  for: string;
  reset: string;
  rebase: boolean;
  of: PartDraft[];
}
export type PartDraft = Draft & { instrument: string };

export function emptyDraft(type: Kind = "crossing"): Draft {
  return {
    type, price: "", low: "", high: "", by: "percent", percent: "", amount: "", direction: "either",
    window: "1h", for: "", reset: "", rebase: true, of: [],
  };
}

export function emptyPart(type: Kind = "above"): PartDraft {
  return { ...emptyDraft(type), instrument: "", direction: "up" };
}

/** Which fields a kind has. */
export function fieldsOf(type: Kind): Set<string> {
  switch (type) {
    case "crossing": case "crossing_up": case "crossing_down":
      return new Set(["price"]);
    case "above": case "below":
      return new Set(["price", "reset", "for"]);
    case "entering_channel": case "exiting_channel":
      return new Set(["range"]);
    case "inside_channel": case "outside_channel":
      return new Set(["range", "for"]);
    case "change":
      return new Set(["shift", "direction", "rebase", "for"]);
    case "moving":
      return new Set(["shift", "direction", "window", "for"]);
    case "trailing":
      return new Set(["shift", "turn", "for"]);
    case "new_high": case "new_low":
      return new Set(["window", "for"]);
    case "all": case "any":
      return new Set(["of", "for"]);
    case "silent":
      return new Set(["silence"]);
  }
}

/** The condition as the API takes it. What was left empty is left out, so that the API says what is missing. */
export function toCondition(draft: Draft): Condition {
  return written(draft) as unknown as Condition;
}

function written(draft: Draft, part?: PartDraft): Record<string, unknown> {
  const fields = fieldsOf(draft.type);
  const condition: Record<string, unknown> = { type: draft.type };
  const put = (name: string, value: string) => {
    const text = typed(value);
    if (text) condition[name] = text;
  };
  if (fields.has("price")) put("price", draft.price);
  if (fields.has("range")) {
    put("low", draft.low);
    put("high", draft.high);
  }
  if (fields.has("shift")) put(draft.by, draft[draft.by]);
  if (fields.has("direction")) put("direction", draft.direction);
  if (fields.has("turn")) put("direction", draft.direction === "up" ? "up" : "down");
  if (fields.has("window")) put("window", draft.window);
  if (fields.has("rebase") && !draft.rebase) condition.rebase = false;
  if (part) {
    put("instrument", part.instrument);
    return condition;
  }
  if (fields.has("reset")) put("reset", draft.reset);
  if (fields.has("for") || fields.has("silence")) put("for", draft.for);
  if (fields.has("of")) condition.of = draft.of.map((each) => written(each, each));
  return condition;
}

/** A draft of a condition that is there. */
export function toDraft(condition: Condition): Draft {
  const given = condition as unknown as Record<string, unknown>;
  const draft = emptyDraft(condition.type);
  for (const name of ["price", "low", "high", "percent", "amount", "direction", "window", "for", "reset"] as const) {
    const value = given[name];
    if (typeof value === "string") (draft as unknown as Record<string, string>)[name] = value;
  }
  if (draft.amount) draft.by = "amount";
  if (given.rebase === false) draft.rebase = false;
  const parts = (given.of ?? []) as Record<string, unknown>[];
  draft.of = parts.map((part) => ({
    ...toDraft(part as unknown as Condition),
    instrument: typeof part.instrument === "string" ? part.instrument : "",
  }));
  return draft;
}

/** The prices that a condition names, by the field that holds each. */
export function levelsOf(condition: Condition): { field: "price" | "low" | "high"; price: string }[] {
  const given = condition as unknown as Record<string, unknown>;
  return (["price", "low", "high"] as const).flatMap((field) => {
    const price = given[field];
    return typeof price === "string" ? [{ field, price }] : [];
  });
}

/** How often an alert may fire, in words. */
export function repeatWords(repeat: Repeat, span: (text: string) => string): string {
  if (repeat.mode === "once") return "Once";
  const cooldown = repeat.cooldown && repeat.cooldown !== "0s" ? `, at most once in ${span(repeat.cooldown)}` : "";
  const most = repeat.max_fires ? `, ${repeat.max_fires} times in all` : "";
  return `Every time${cooldown}${most}`;
}
