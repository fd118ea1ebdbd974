import type { LimitRule } from '../../core/limits.ts'
import { fixedWindow } from './limit-fixed-window.ts'
import { gcra } from './limit-gcra.ts'
import type { LimitMath } from './limit-math.ts'
import { slidingWindow } from './limit-sliding-window.ts'

/** `wallAtStart`: the wall clock at time 0 of the table. */
export const limitMath = (rule: LimitRule, wallAtStart: number): LimitMath => {
  switch (rule.algorithm) {
    case 'gcra':
      return gcra(rule)
    case 'fixed-window':
      return fixedWindow(rule, wallAtStart)
    case 'sliding-window':
      return slidingWindow(rule, wallAtStart)
  }
}
