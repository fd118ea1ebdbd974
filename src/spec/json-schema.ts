import { z } from 'zod'
import { configSchema } from './schema.ts'

/** JSON Schema (draft 2020-12) of what a user may write, for editors. */
export const jsonSchema = (): Record<string, unknown> => z.toJSONSchema(configSchema, { io: 'input' })
