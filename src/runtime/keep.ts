/**
 * State that outlives Plans (DESIGN §1): made when the first Plan asks for it, kept while any Plan holds it, ended when
 * the last lets go. The key holds every setting that changes its meaning.
 */
export class Keep<T> {
  private readonly entries = new Map<string, { value: T; holders: number }>()
  private readonly end: (value: T) => void

  constructor(end: (value: T) => void) {
    this.end = end
  }

  hold(key: string, make: () => T): T {
    let entry = this.entries.get(key)
    if (entry === undefined) {
      entry = { value: make(), holders: 0 }
      this.entries.set(key, entry)
    }
    entry.holders++
    return entry.value
  }

  release(key: string): void {
    const entry = this.entries.get(key)
    if (entry === undefined || --entry.holders > 0) return
    this.entries.delete(key)
    this.end(entry.value)
  }
}
