/** The chart in the page's own colours and times. */

import { type ChartOptions, ColorType, CrosshairMode, type DeepPartial, TickMarkType, type Time } from "lightweight-charts";

import { zone } from "../lib/clock.svelte.ts";

/** A colour of the page. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function chartLooks(): DeepPartial<ChartOptions> {
  return {
    autoSize: true,
    // A finger that moves up and down scrolls the page.
    handleScroll: { vertTouchDrag: false },
    layout: {
      background: { type: ColorType.Solid, color: colour("card") },
      textColor: colour("soft"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 12,
      // The page names the library itself, beside the chart.
      attributionLogo: false,
    },
    grid: { vertLines: { color: colour("sunk") }, horzLines: { color: colour("sunk") } },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: colour("edge"), labelBackgroundColor: colour("soft") },
      horzLine: { color: colour("edge"), labelBackgroundColor: colour("soft") },
    },
    rightPriceScale: { borderColor: colour("line"), scaleMargins: { top: 0.12, bottom: 0.12 } },
    timeScale: {
      borderColor: colour("line"),
      timeVisible: true,
      rightOffset: 6,
      tickMarkFormatter: (time: Time, kind: TickMarkType) => written(time, TICKS[kind]),
    },
    localization: { timeFormatter: (time: Time) => written(time, CROSSHAIR) },
  };
}

export function candleLooks() {
  const [up, down] = [colour("up"), colour("down")];
  return { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false };
}

const CROSSHAIR: Intl.DateTimeFormatOptions = {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
};
const TICKS: Record<TickMarkType, Intl.DateTimeFormatOptions> = {
  [TickMarkType.Year]: { year: "numeric" },
  [TickMarkType.Month]: { month: "short" },
  [TickMarkType.DayOfMonth]: { day: "numeric", month: "short" },
  [TickMarkType.Time]: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  [TickMarkType.TimeWithSeconds]: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};

const formats = new Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>();
let formatsOf: string | undefined;

function written(time: Time, options: Intl.DateTimeFormatOptions): string {
  const timeZone = zone();
  if (timeZone !== formatsOf) formats.clear();
  formatsOf = timeZone;
  let format = formats.get(options);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { ...options, ...(timeZone ? { timeZone } : {}) });
    formats.set(options, format);
  }
  return format.format(Number(time) * 1_000);
}
