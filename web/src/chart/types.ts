/** What the chart shows besides candles. */

/** A price that matters. */
export interface Level {
  /** One of a kind on this chart. */
  key: string;
  alert: string;
  /** The condition's field that holds the price; null where it follows from the market. */
  field: "price" | "low" | "high" | null;
  price: string;
  /** A few words that stand on its line. */
  name: string;
  /** All of it in words. */
  label: string;
  /** Whether its alert is watching. */
  isLive: boolean;
  /** Whether it cannot be moved. */
  isFixed: boolean;
}

/** A fire. */
export interface Mark {
  id: string;
  time: string;
}
