import { TerraformVariable, type ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { DownloadFile, type DownloadFileConfig } from '../../.gen/providers/proxmox/download-file';
import type { Download, Image, Node, Server } from '../../model/cluster/cluster';
import { byBytes } from '../../model/support/text';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { Expression } from '../stacks/expression';
import { keepFormerImage } from './former-images';
import type { Guards } from './guards';
import { fileConditions, keepsFile } from './image-lifecycle';
import { ProxmoxServers } from './proxmox-servers';
import type { BootFile } from './proxmox-vm';

/** Patch for the arguments of an image download. */
export type DownloadTransform = (
  config: DownloadFileConfig,
  image: Image,
  server: Server,
) => DownloadFileConfig;

/** What images are made with. */
export interface TalosImagesOptions {
  /** @default no patch */
  readonly transform?: DownloadTransform | undefined;
  /** @default no guards */
  readonly guards?: Guards | undefined;
  /** What must be there before an image is downloaded. @default nothing */
  readonly after?: (image: Image) => readonly ITerraformDependable[];
}

/** Where an image is downloaded to: a storage of one server, or one that several have in common. */
interface Target {
  /** Last part of the address. */
  readonly name: string;
  /** The server that downloads. */
  readonly server: Server;
}

/**
 * The images of a cluster: each is downloaded once to every server that has a node booting from it. A storage that several
 * servers have in common counts once, and is filled through the first of them, whether it has nodes or not: who has
 * some today must not decide whose file it is.
 */
export class TalosImages extends AddressScope {
  private readonly downloads = new Map<string, DownloadFile>();

  constructor(
    scope: Construct,
    id: string,
    nodes: readonly Node[],
    private readonly options: TalosImagesOptions = {},
  ) {
    super(scope, id);
    for (const { image, server } of nodes) {
      const target = this.target(server);
      const key = `${image.key}_${target.name}`;
      if (image.source.kind === 'download' && !this.downloads.has(key))
        this.downloads.set(
          key,
          this.download(key, image, image.source, target, server.sharedImages !== undefined),
        );
    }
    this.keepFormer(nodes);
  }

  /** What a node boots from; `undefined` for PXE. */
  bootFile({ image, server }: Node): BootFile | undefined {
    const { source } = image;
    if (source.kind === 'pxe') return undefined;
    if (source.kind === 'iso')
      return { fileId: source.files[server.key] ?? '', content: 'iso', dependsOn: [] };
    const download = this.downloads.get(`${image.key}_${server.sharedImages?.name ?? server.key}`);
    return {
      fileId: `${server.imageStorage}:${source.content}/${source.fileName}`,
      content: source.content,
      dependsOn: download ? [download] : [],
    };
  }

  private target(server: Server): Target {
    const { sharedImages } = server;
    if (!sharedImages) return { name: server.key, server };
    const [first = server.key] = sharedImages.servers;
    return { name: sharedImages.name, server: ProxmoxServers.of(this).server(first) };
  }

  private download(
    key: string,
    image: Image,
    source: Download,
    { server }: Target,
    isShared: boolean,
  ): DownloadFile {
    const { transform, guards } = this.options;
    const after = this.options.after?.(image) ?? [];
    const config: DownloadFileConfig = {
      provider: ProxmoxServers.of(this).provider(server.key),
      nodeName: server.nodeName,
      datastoreId: server.imageStorage,
      contentType: source.content,
      fileName: source.fileName,
      url: 'literal' in source.url ? source.url.literal : this.urlVariable(source.url.variable).asText,
      ...(source.checksum
        ? { checksum: source.checksum.value, checksumAlgorithm: source.checksum.algorithm }
        : {}),
      // true would ask the address for its size at every plan, and download again whenever a mirror repacks.
      overwrite: false,
      // A file left over from a broken apply is replaced instead of ending the next one.
      overwriteUnmanaged: true,
      verify: true,
      lifecycle: keepsFile(fileConditions(source, server, guards), isShared),
      ...(after.length > 0 ? { dependsOn: [...after] } : {}),
    };
    const patch = transform && ((safe: DownloadFileConfig) => transform(safe, image, server));
    return create(DownloadFile, this, key, config, patch);
  }

  /** Server of each image with a node, by address: what the state knows by a former name is the same file. */
  private keepFormer(nodes: readonly Node[]): void {
    const sorted = [...nodes].sort((a, b) => byBytes(a.server.key, b.server.key));
    for (const [key, resource] of this.downloads) {
      const node = sorted.find(({ image, server }) => `${image.key}_${this.target(server).name}` === key);
      if (node) keepFormerImage(resource, node, ProxmoxServers.of(this), (name) => this.downloads.has(name));
    }
  }

  private urlVariable(name: string): Expression {
    const existing = this.node.tryFindChild(name);
    const variable =
      existing instanceof TerraformVariable
        ? existing
        : create(TerraformVariable, this, name, {
            type: 'string',
            sensitive: true,
            description: 'Address of a boot image; sensitive, because it holds a token.',
          });
    return new Expression(`var.${variable.friendlyUniqueId}`);
  }
}
