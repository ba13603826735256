import { error } from '../../rules/lib/rule';
import { oneOf } from '../../rules/lib/names';
import { nearest } from '../../support/text';
import { liveCheck, need } from '../lib/check';
import { imagesOf } from '../lib/places';
import type { ImageDraft } from '../../cluster/definition/draft';

export const imageFiles = liveCheck(
  'live-object-missing',
  'image files',
  function* ({ server, nodes, live }) {
    for (const image of imagesOf(nodes) as ImageDraft[]) {
      if (image.source.kind !== 'iso') continue;
      const file = image.source.files[server.key] ?? '';
      const [storage = ''] = file.split(':');
      const storages = need(live.storages).map(({ storage: name }) => name);
      if (!storages.includes(storage)) {
        yield error(
          image.path,
          `no storage "${storage}" on "${server.key}" for "${file}"; ${oneOf(storage, storages)}`,
        );
        continue;
      }
      const files = need(live.files.get(storage));
      if (files.includes(file)) continue;
      const near = nearest(file, files);
      const offer = near === undefined ? 'upload it' : `did you mean "${near}"?`;
      yield error(image.path, `no file "${file}" on "${server.key}"; ${offer}`);
    }
  },
);
