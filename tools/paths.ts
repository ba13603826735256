/** Where things are. All from this file's own place, so that the tools work from every working directory. */
import { join } from 'node:path';

export const PROJECT_ROOT = join(__dirname, '..');
export const SCHEMAS_DIR = join(PROJECT_ROOT, 'schemas');
export const ALLOW_LIST_FILE = join(SCHEMAS_DIR, 'allow-list.yaml');
export const CDKTF_JSON_FILE = join(PROJECT_ROOT, 'cdktf.json');
export const PROVIDERS_DIR = join(PROJECT_ROOT, 'tools', 'providers');
/** Git-ignored; may be deleted at any time. */
export const CACHE_DIR = join(PROJECT_ROOT, '.cache');
export const MIRROR_DIR = join(CACHE_DIR, 'mirror');
/** omnictl, talosctl and the Omni server of the tests. */
export const BIN_DIR = join(CACHE_DIR, 'bin');
/** Of the stand-in for siderolabs/talos: apart, so that nobody gets it who has not asked for it. */
export const STAND_IN_DIR = join(CACHE_DIR, 'stand-in');
export const STAND_IN_RC_FILE = join(CACHE_DIR, 'stand-in.rc');
export const TERRAFORM_RC_FILE = join(CACHE_DIR, 'terraform.rc');
