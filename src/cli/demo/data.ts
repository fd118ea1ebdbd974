/** What the sample services know: small, but like the real thing. */
export const USERS = [
  { id: 1, name: 'Ada Okafor', email: 'ada@example.com', city: 'Lagos', memberSince: '2021-03-14' },
  { id: 2, name: 'Bruno Keller', email: 'bruno@example.com', city: 'Bern', memberSince: '2022-11-02' },
  { id: 3, name: 'Chiyo Tanaka', email: 'chiyo@example.com', city: 'Osaka', memberSince: '2024-06-21' },
] as const

export interface Order {
  readonly id: number
  readonly user: number
  readonly status: 'packed' | 'shipped' | 'delivered' | 'new'
  readonly total: number
  readonly items: readonly { readonly product: number; readonly quantity: number }[]
}

export const ORDERS: readonly Order[] = [
  { id: 41, user: 1, status: 'delivered', total: 129.9, items: [{ product: 501, quantity: 1 }] },
  { id: 42, user: 2, status: 'shipped', total: 58.5, items: [{ product: 502, quantity: 3 }] },
  { id: 43, user: 1, status: 'packed', total: 19.5, items: [{ product: 502, quantity: 1 }] },
]

export const PRODUCTS = [
  { id: 501, name: 'Trail running shoes', price: 129.9, inStock: true },
  { id: 502, name: 'Merino socks', price: 19.5, inStock: true },
  { id: 503, name: 'Rain jacket', price: 189.0, inStock: false },
] as const

export const RATINGS: Readonly<Record<number, number>> = { 501: 4.6, 502: 4.9, 503: 4.1 }
