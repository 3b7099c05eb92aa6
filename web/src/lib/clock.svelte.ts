/** What time it is, and how times are written: in the account's zone, and as "3 minutes ago". */

import { session } from "../api/session.svelte.ts";

class Clock {
  /** Milliseconds since the epoch; moves every few seconds, so that "ago" stays true. */
  now = $state(Date.now());

  constructor() {
    setInterval(() => (this.now = Date.now()), 5_000);
  }
}

export const clock = new Clock();

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [Infinity, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** "3 min. ago", "in 2 hr.". */
export function ago(time: string, now = clock.now): string {
  let span = (Date.parse(time) - now) / 1_000;
  if (Math.abs(span) < 5) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.abs(span) < size) return relative.format(Math.round(span), unit);
    span /= size;
  }
  return time;
}

/** The account's time zone, or the browser's where nobody is logged in. */
export function zone(): string | undefined {
  return session.me?.time_zone || undefined;
}

/** "21 Nov 2026, 10:31:07". */
export function moment(time: string, how: { seconds?: boolean; millis?: boolean } = { seconds: true }): string {
  const options: Intl.DateTimeFormatOptions = {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  };
  if (how.seconds || how.millis) options.second = "2-digit";
  if (how.millis) options.fractionalSecondDigits = 3;
  const timeZone = zone();
  if (timeZone) options.timeZone = timeZone;
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(time));
}

/** The difference of a zone to UTC at an instant, in milliseconds. */
function offset(at: number): number {
  const timeZone = zone();
  const parts = new Intl.DateTimeFormat("en-US", {
    ...(timeZone ? { timeZone } : {}),
    year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(at / 1_000) * 1_000;
}

/** What a `datetime-local` field shows for an instant. */
export function toLocal(time: string): string {
  const at = Date.parse(time);
  return new Date(at + offset(at)).toISOString().slice(0, 16);
}

/** The instant that a `datetime-local` field means, in the account's zone. */
export function fromLocal(text: string): string {
  const wall = Date.parse(`${text}:00Z`);
  // The second look is for the hours around a change of the clocks.
  const once = wall - offset(wall);
  return new Date(wall - offset(once)).toISOString();
}
