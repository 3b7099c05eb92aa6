/** The stretches of time in which nobody watched, shaded behind the candles. */

import type { IChartApi, IPrimitivePaneRenderer, ISeriesPrimitive, Time, UTCTimestamp } from "lightweight-charts";

import { api, got } from "../api/client.ts";
import { seconds } from "./candles.ts";
import { colour } from "./looks.ts";
import { placeOf } from "./place.ts";

/** From when to when nobody watched, in seconds. */
export interface Blind {
  from: number;
  to: number;
}

/** What is narrower than so many pixels would be overlooked. */
const WIDTH_MIN = 3;
/** Candles are drawn in the way of it, so it bears some strength. */
const STRENGTH = 0.14;

/** When an instrument was not watched, since an instant. */
export async function readBlind(instrument: string, from: string): Promise<Blind[]> {
  const params = { path: { id: instrument }, query: { from } };
  const { blind } = await got(api.GET("/api/instruments/{id}/coverage", { params }));
  return blind.map((stretch) => ({ from: seconds(stretch.from), to: seconds(stretch.to) }));
}

export class BlindShade implements ISeriesPrimitive<Time> {
  #blind: Blind[] = [];
  #begins: UTCTimestamp[] = [];
  #size = 60;
  #chart: IChartApi;
  #redraw: (() => void) | null = null;

  constructor(chart: IChartApi) {
    this.#chart = chart;
  }

  attached({ requestUpdate }: { requestUpdate: () => void }): void {
    this.#redraw = requestUpdate;
  }
  detached(): void {
    this.#redraw = null;
  }

  /** Shades these stretches, behind candles that begin at these instants and are so long. */
  show(blind: Blind[], begins: UTCTimestamp[], size: number): void {
    this.#blind = blind;
    this.#begins = begins;
    this.#size = size;
    this.#redraw?.();
  }

  paneViews() {
    return [{ zOrder: () => "bottom" as const, renderer: () => this.#renderer }];
  }

  #renderer: IPrimitivePaneRenderer = {
    draw: (target) =>
      target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio }) => {
        const scale = this.#chart.timeScale();
        const range = scale.getVisibleLogicalRange();
        if (!range || this.#begins.length === 0) return;
        const zero = scale.logicalToCoordinate(0 as never);
        const one = scale.logicalToCoordinate(1 as never);
        if (zero === null || one === null) return;
        const pixels = (time: number) => (zero + placeOf(time, this.#begins, this.#size) * (one - zero)) * horizontalPixelRatio;
        context.save();
        context.fillStyle = colour("soft");
        context.globalAlpha = STRENGTH;
        for (const { from, to } of this.#blind) {
          const left = Math.max(0, pixels(from));
          const right = Math.min(bitmapSize.width, Math.max(pixels(to), pixels(from) + WIDTH_MIN * horizontalPixelRatio));
          if (right > left) context.fillRect(left, 0, right - left, bitmapSize.height);
        }
        context.restore();
      }),
  };
}
