export { defineConfig, type FrozenConfig as Config } from './spec/define.ts'
