export { definePlugin, type Plugin } from './policies/plugin/define-plugin.ts'
export type {
  GateRequest,
  PluginOptions,
  PluginReply,
  PluginRequest,
  PluginResponse,
  PluginSummary,
} from './policies/plugin/plugin.ts'
