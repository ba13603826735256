import type { ClusterDraft, ImageDraft, ServerDraft } from '../cluster/definition/draft';
import { usedImages } from './lib/image-names';
import { error, runRule } from './lib/rule';

export const imageShared = runRule(
  'image-shared',
  'No file on a server is downloaded twice',
  function* (clusters) {
    const owners = new Map<string, { cluster: ClusterDraft; image: ImageDraft }>();
    for (const cluster of clusters) {
      for (const [image, users] of usedImages(cluster)) {
        const { source } = image;
        if (source.kind !== 'download' || source.fileName === '') continue;
        const { file_name } = cluster.definition.images?.[image.key] ?? {};
        let told = false;
        for (const server of new Set(users.map((node) => node.server))) {
          if (!server) continue;
          const ids = placesOf(server, cluster.servers).map((place) => `${place}\n${source.fileName}`);
          const owner = ids.flatMap((id) => owners.get(id) ?? [])[0];
          for (const id of owner ? [] : ids) owners.set(id, { cluster, image });
          if (owner && owner.image !== image && !told) {
            // Two definitions of one cluster name are told by another rule.
            if (owner.cluster !== cluster && owner.cluster.name === cluster.name) continue;
            told = true;
            const other = owner.cluster === cluster ? '' : ` of cluster "${owner.cluster.name}"`;
            const path = ['images', image.key, file_name === undefined ? 'url' : 'file_name'];
            const message = `image "${owner.image.key}"${other} is downloaded to the same file, ${server.imageStorage}:${source.fileName} on "${server.key}", and removing one removes both; set another file_name`;
            yield { ...error(path, message), cluster };
          }
        }
      }
    }
  },
);

/**
 * Where a file on the image storage of a server is, once for each server that has this storage. The storage `local` is a folder on
 * one host; any other may be the same on all hosts of a Proxmox cluster.
 */
function placesOf(server: ServerDraft, servers: readonly ServerDraft[]): string[] {
  const { sharedImages, imageStorage } = server;
  const having = sharedImages ? servers.filter(({ key }) => sharedImages.servers.includes(key)) : [server];
  return having.map(({ site, nodeName }) => {
    const host = imageStorage === 'local' && !sharedImages ? nodeName : '';
    return [site, host, imageStorage].join('\n');
  });
}
