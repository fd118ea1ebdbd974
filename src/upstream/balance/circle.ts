/** Places in a row that ends where it begins; each belongs to one of the candidates. */
export interface Circle {
  /** Index of the candidate of each place. */
  readonly owners: Uint16Array
  /** Where a hash (unsigned, 32 bits) leads. When its owner will not do, the places after it are asked in order. */
  placeOf(hash: number): number
}

/** Where targets stand must not depend on the order in which a gateway came to know them. */
export const byLabel = (labels: readonly string[]): number[] =>
  labels.map((_, i) => i).sort((a, b) => (labels[a]! < labels[b]! ? -1 : labels[a]! > labels[b]! ? 1 : 0))
