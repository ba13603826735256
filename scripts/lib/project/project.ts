import { INSTALLED } from '../../../model/diagnostics/commands';
import { dirname, extname, join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Folder of this package, with its package.json: that of the checkout, or in node_modules. */
export const PACKAGE_ROOT = INSTALLED ? dirname(ROOT) : ROOT;

/** Folder that clusters and output are in: the repository that has installed the package, or the checkout. */
export const PROJECT_ROOT = INSTALLED ? process.cwd() : ROOT;

/** The app that makes stacks of definitions. */
export const APP_FILE = join(ROOT, `main${extname(__filename)}`);

/** The JSON schema of definitions, from the root of the project. */
export const SCHEMA_FILE = `${INSTALLED ? 'node_modules/talos-proxmox-cdktf/' : ''}schemas/cluster.schema.json`;

/** Folder of the output that is committed: here the golden files of the tests. */
export const COMMITTED_OUTPUT = INSTALLED ? 'committed' : '__tests__/golden';
