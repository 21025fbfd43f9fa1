import vue from 'eslint-plugin-vue'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig([
  globalIgnores(['dist', 'node_modules', 'src/api/schema.d.ts', 'test-results', 'playwright-report']),
  {
    files: ['**/*.{ts,vue}'],
    extends: [tseslint.configs.strict, vue.configs['flat/recommended']],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // Indexes are proved by the line before; the compiler checks the rest.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-lang': ['error', { script: { lang: 'ts', allowNoLang: true } }],
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': 'off',
      // Layout is the editor's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
    },
  },
  {
    files: ['e2e/**/*.ts', 'dev/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // A component shows and emits: it neither talks HTTP nor knows the stores.
    files: ['src/components/**/*.vue'],
    ignores: ['src/components/ui/UiToasts.vue'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['@/stores/*'], message: 'components/ knows no store' }] }],
      'no-restricted-globals': ['error', 'fetch'],
    },
  },
])
