import { urlLabel } from '../base/url-label.ts'
import type { TracingSpec } from './spec-tracing.ts'
import { showPercent } from './units.ts'

/** What is traced, in words; shows no header, and no query of the URL. */
export const describeTracing = ({ url, sample, service }: TracingSpec): string =>
  `${showPercent(sample)} of new traces as ${service}, to ${urlLabel(url)}`
