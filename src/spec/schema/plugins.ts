import { z } from 'zod'
import { list, name, positiveDuration } from './scalars.ts'

const plugin = z
  .strictObject(
    {
      name: name.describe('What it is called in logs, metrics and `explain`; once on a route.'),
      parts: z
        .array(z.enum(['gate', 'shape', 'tap']))
        .min(1)
        .describe('What it consists of; definePlugin writes it.'),
      budget: positiveDuration.prefault('1s').describe('How long its gate may take for one request.'),
    },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'expected definePlugin({ ... }), in a configuration in TypeScript' : undefined,
    },
  )
  .describe('What definePlugin({ ... }) gives, in a configuration in TypeScript.')

export type PluginOutput = z.output<typeof plugin>

export const pluginList = list(plugin).describe(
  'Code that looks at requests behind all other gates, and at their answers: definePlugin({ ... }), in a configuration in TypeScript.',
)

export const plugins = z
  .union([z.literal('none'), pluginList])
  .optional()
  .describe('Plugins, behind those that are handed down. none: not what is handed down.')
