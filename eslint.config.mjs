import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Packages that only `constructs/` and `main.ts` may know: model and scripts work without Terraform. */
const TERRAFORM = [
  {
    group: ['cdktf', 'cdktf/*', 'constructs', '@cdktf/provider-*', 'cdktf-cli'],
    message: 'This layer knows no Terraform.',
  },
  { group: ['**/.gen/**', '**/constructs', '**/constructs/**'], message: 'This layer knows no constructs.' },
];

const BINDINGS = {
  group: ['**/.gen/**'],
  message: 'Only constructs/proxmox and constructs/talos import generated bindings.',
};

const DEVELOPMENT = {
  group: ['**/tools/**', '**/bench/**', '**/simulators/**', '**/__tests__/**'],
  message: 'The product does not depend on what only develops it.',
};

/** Elements of Terraform, by the names of their classes. */
const ELEMENT = {
  selector:
    'NewExpression[callee.name=/^(Terraform(Local|Output|Variable)|\\w+Provider|Resource|DownloadFile|Haresource|HardwareMapping\\w+|VirtualEnvironment\\w+|Data\\w+)$/]',
  message: 'Text must not become an expression: make it by create() of constructs/stacks/create.ts.',
};

const restrict = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

export default tseslint.config(
  {
    ignores: [
      '.gen/**',
      'node_modules/**',
      'cdktf.out/**',
      '.cache/**',
      'coverage/**',
      'dist/**',
      'docs/api/**',
      // A repository of its own, which knows the package only.
      'examples/**',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Interfaces here declare functions in method style; none of them uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-require-imports': ['error', { allowAsImport: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  restrict(
    ['model/**/*.ts'],
    [...TERRAFORM, DEVELOPMENT, { group: ['**/scripts/**'], message: 'model/ is the lowest layer.' }],
  ),
  {
    // The loader is the one door to files; an app hands over what it found by a file.
    files: ['model/**/*.ts'],
    ignores: ['model/load/load.ts', 'model/diagnostics/hand-over.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'model/ is pure.' }],
      'no-restricted-imports': [
        'error',
        {
          paths: ['fs', 'node:fs', 'node:process', 'node:child_process'].map((name) => ({
            name,
            message: 'model/ is pure.',
          })),
        },
      ],
    },
  },
  restrict(['scripts/**/*.ts'], [...TERRAFORM, DEVELOPMENT]),
  restrict(
    ['main.ts', 'index.ts', 'constructs/**/*.ts'],
    [BINDINGS, DEVELOPMENT],
    ['constructs/proxmox/**', 'constructs/talos/**'],
  ),
  restrict(['constructs/proxmox/**/*.ts', 'constructs/talos/**/*.ts'], [DEVELOPMENT]),
  {
    files: ['constructs/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ELEMENT] },
  },
  {
    files: ['__tests__/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/no-conditional-expect': 'off',
      'jest/no-standalone-expect': 'off',
      'jest/expect-expect': ['warn', { assertFunctionNames: ['expect', 'expect*', '**.expect*'] }],
    },
  },
  {
    files: ['**/*.cjs', '**/*.mjs', '**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
