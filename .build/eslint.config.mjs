// What lint checks beyond types: promises nobody waits for, forgotten cases, imports across the architecture's borders.
// Looks are Prettier's business.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importBoundaries } from './importBoundaries.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export default defineConfig(
  globalIgnores(['**/node_modules/', 'dist/', 'dist-test/', 'native/', 'test/fixtures/', 'test/e2e/artifacts/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { almagest: { rules: { 'import-boundaries': importBoundaries } } },
    rules: {
      'almagest/import-boundaries': 'error',
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Exports have names.' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-readonly': 'error',
      // A method that implements an asynchronous interface is async, whether it waits or not.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    extends: [tseslint.configs.eslintRecommended],
    rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'no-empty': 'error' },
  },
);
