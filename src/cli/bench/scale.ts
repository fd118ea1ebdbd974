/** An axis with a logarithmic scale: rates and latencies go over powers of ten. */
export interface Scale {
  /** From 0 at the least value to 1 at the most. */
  at(value: number): number
  /** Round values within, in order. */
  readonly ticks: readonly number[]
}

/** Of values above 0, at least one. */
export const logScale = (values: readonly number[]): Scale => {
  const least = Math.min(...values)
  const most = Math.max(...values)
  // One value alone would have no width.
  const [from, to] = least === most ? [least / 2, most * 2] : [least, most]
  const width = Math.log(to / from)
  return { at: value => Math.log(value / from) / width, ticks: ticksBetween(from, to) }
}

/** 1, 2, 5, 10, 20, …; only the powers of ten where these are many. */
const ticksBetween = (from: number, to: number): readonly number[] => {
  const first = Math.floor(Math.log10(from))
  const last = Math.ceil(Math.log10(to))
  const steps = last - first > 4 ? [1] : [1, 2, 5]
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  // 10 ** -1 * 2 is not 0.2 exactly.
  const all = powers.flatMap(power => steps.map(step => Number(`${step}e${power}`)))
  return all.filter(value => value >= from * 0.999 && value <= to * 1.001)
}
