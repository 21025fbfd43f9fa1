import { fileURLToPath, URL } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// The build goes to dist/app: dist itself holds the committed placeholder page
// that embed.go serves while no build exists.
export default defineConfig(async ({ mode }) => ({
  plugins: [
    vue(),
    tailwindcss(),
    // A made-up server for looking at screens; never part of a build.
    mode === 'mock' && (await import('./dev/mock/plugin.ts')).mockServer(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
  },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    target: 'es2022',
    // A strict content security policy refuses data: scripts and styles, and
    // a preload polyfill is not needed by the browsers we serve.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy:
      mode === 'mock'
        ? undefined
        : { '/api': { target: process.env.DESK_DEV_SERVER ?? 'http://127.0.0.1:8080', ws: true } },
  },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://desk.test/' } },
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
}))
