import { type HeaderView, nameId } from '../base/headers.ts'

/** The fields of a request that the gateway makes: added before it is sent, read when it is. Names in lower case. */
export class SentHeaders implements HeaderView {
  private readonly names: string[]
  private readonly values: string[]

  constructor(names: string[] = [], values: string[] = []) {
    this.names = names
    this.values = values
  }

  get count(): number {
    return this.names.length
  }

  add(name: string, value: string): this {
    this.names.push(name)
    this.values.push(value)
    return this
  }

  copy(): SentHeaders {
    return new SentHeaders([...this.names], [...this.values])
  }

  idAt(i: number): number {
    return nameId(this.names[i] ?? '')
  }

  nameAt(i: number): string {
    return this.names[i] ?? ''
  }

  valueAt(i: number): string {
    return this.values[i] ?? ''
  }

  get(name: string): string | undefined {
    const i = this.names.indexOf(name)
    return i < 0 ? undefined : this.values[i]
  }

  all(name: string): readonly string[] {
    return this.values.filter((_, i) => this.names[i] === name)
  }
}
