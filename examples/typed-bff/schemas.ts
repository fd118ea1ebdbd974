import { z } from 'zod'

/** What the services must answer, and what is left of it: the rest of their members never gets any further. */

export const UserSchema = z.object({ id: z.number(), name: z.string(), since: z.coerce.date() })

export const OrdersSchema = z.array(z.object({ id: z.number(), total: z.number() }))

export const ReviewsSchema = z.object({ stars: z.number().min(0).max(5) })
