import { extensionLists, fullName } from '../talos/extensions';
import { repeated } from './lib/places';
import { clusterRule, error, warning } from './lib/rule';

const NAME = /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._-]*$/;

export const extensionName = clusterRule(
  'extension-name',
  'System extensions have the names of the Image Factory, owner/name, each once in a list',
  function* (cluster) {
    for (const { path, items } of extensionLists(cluster)) {
      for (const [i, name] of items.entries()) {
        if (NAME.test(name)) continue;
        const plain = fullName(name);
        const repair = NAME.test(plain) ? `write ${plain}` : 'write it like siderolabs/qemu-guest-agent';
        yield error([...path, i], `"${name}" is not of the form owner/name; ${repair}`);
      }
      for (const [i, name] of repeated(items)) {
        yield warning([...path, i], `"${name}" is in this list already; remove it`);
      }
    }
  },
);
