import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Elements of Terraform, by the names of their classes. */
const ELEMENT = {
  selector:
    'NewExpression[callee.name=/^(Terraform(Local|Output|Variable)|\\w+Provider|Resource|DownloadFile|Haresource|HardwareMapping\\w+|ImageFactory\\w+|Machine(Secrets|Bootstrap|ConfigurationApply)|ClusterKubeconfig|VirtualEnvironment\\w+|Data\\w+)$/]',
  message: 'Text must not become an expression: make it by create() of constructs/stacks/create.ts.',
};

export default tseslint.config(
  {
    ignores: [
      '.gen/**',
      'node_modules/**',
      'cdktf.out/**',
      '.stryker-tmp/**',
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
  {
    // Which modules model/ may import says .dependency-cruiser.cjs.
    files: ['model/**/*.ts'],
    ignores: ['model/load/load.ts', 'model/diagnostics/{hand-over,io,report}.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'model/ is pure.' }],
    },
  },
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
