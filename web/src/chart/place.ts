/** Where instants lie on the chart. */

/**
 * Where an instant lies on a scale that numbers its candles: between the middle of the candle it falls into
 * and its edges, however long no candle follows.
 */
export function placeOf(time: number, begins: readonly number[], size: number): number {
  let [low, high] = [0, begins.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((begins[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  if (at < 0) return -0.5;
  return at - 0.5 + Math.min(1, (time - (begins[at] ?? 0)) / size);
}
