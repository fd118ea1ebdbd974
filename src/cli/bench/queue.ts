/** First in, first out, of numbers, with room for a fixed count. */
export interface Queue {
  readonly size: number
  /** False when it is full. */
  put(value: number): boolean
  /** Only when there is one. */
  take(): number
}

export const createQueue = (room: number): Queue => {
  const values = new Float64Array(room)
  let first = 0
  let size = 0
  return {
    get size() {
      return size
    },
    put: value => {
      if (size === room) return false
      values[(first + size) % room] = value
      size++
      return true
    },
    take: () => {
      const value = values[first]!
      first = (first + 1) % room
      size--
      return value
    },
  }
}
