/**
 * Who may import whom; `npm run lint` holds it. docs/architecture.md tells what each folder is for.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const TERRAFORM =
  '(^|/)node_modules/(cdktf|cdktf-cli|constructs|@cdktf/provider-[^/]+)/|^(\\.gen|constructs)/';
const PRODUCT = '^(model|constructs|scripts)/|^(main|index)\\.ts$';

const forbidden = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Folders lie in layers: one that imports another is not imported by it, on whatever way.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^(model|constructs|scripts)/' },
      to: { circular: true },
    },
    forbidden('no-file-cycle', 'No file imports itself, on whatever way.', {}, { circular: true }),
    forbidden(
      'model-is-lowest',
      'model/ knows the domain only: neither Terraform nor those who use it.',
      { path: '^model/' },
      { path: `${TERRAFORM}|^scripts/|^(main|index)\\.ts$` },
    ),
    forbidden(
      'model-is-pure',
      'model/ reads no file and starts no program; its doors do: the loader, templates of users, and reports.',
      {
        path: '^model/',
        pathNot: '^model/(load/load|diagnostics/hand-over|support/files|templates/engine)\\.ts$',
      },
      { path: '^(node:)?(fs|process|child_process|net|http|https|worker_threads)(/|$)' },
    ),
    forbidden(
      'scripts-know-no-terraform',
      'Commands work on what an app has synthesized, whoever wrote it.',
      { path: '^scripts/' },
      { path: TERRAFORM },
    ),
    forbidden(
      'constructs-know-no-commands',
      'Constructs are reused in other repositories, without our command line.',
      { path: '^constructs/|^(main|index)\\.ts$' },
      { path: '^scripts/' },
    ),
    forbidden(
      'bindings-stay-inside',
      'Only constructs/proxmox and constructs/talos import generated bindings.',
      { path: PRODUCT, pathNot: '^constructs/(proxmox|talos)/' },
      { path: '^\\.gen/' },
    ),
    forbidden(
      'product-stands-alone',
      'The product does not depend on what only develops it.',
      { path: PRODUCT },
      { path: '^(tools|bench|simulators|__tests__)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules|^\\.gen/' },
    // Types count: a reader of one file has to open the other all the same.
    tsPreCompilationDeps: true,
  },
};
