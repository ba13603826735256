import { TerraformVariable, type ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { DownloadFile, type DownloadFileConfig } from '../../.gen/providers/proxmox/download-file';
import type { Download, Image, Node, Server } from '../../model/cluster';
import { AddressScope } from '../stacks/address';
import { create } from '../stacks/create';
import { Expression } from '../stacks/expression';
import { ProxmoxServers } from './proxmox-servers';
import { moveFrom } from './sites';

/** Patch for the arguments of an image download. */
export type DownloadTransform = (
  config: DownloadFileConfig,
  image: Image,
  server: Server,
) => DownloadFileConfig;

/** An image on the server of a VM. */
export interface BootFile {
  /** `storage:iso/name`: plain text, so that a new image does not turn every VM into "known after apply". */
  readonly fileId: string;
  /** An ISO goes into the CD drive; a disk image is imported as OS disk. */
  readonly content: Download['content'];
  /** What must exist before the VM. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The images of a cluster: each is downloaded once to every server that has a node booting from it. */
export class TalosImages extends AddressScope {
  private readonly downloads = new Map<string, DownloadFile>();

  constructor(
    scope: Construct,
    id: string,
    nodes: readonly Node[],
    private readonly transform?: DownloadTransform,
  ) {
    super(scope, id);
    const servers = ProxmoxServers.of(this);
    for (const { image, server } of nodes) {
      const key = `${image.key}_${server.key}`;
      if (image.source.kind !== 'download' || this.downloads.has(key)) continue;
      this.downloads.set(key, this.download(key, image, image.source, server, servers));
    }
  }

  /** What a node boots from; `undefined` for PXE. */
  bootFile({ image, server }: Node): BootFile | undefined {
    const { source } = image;
    if (source.kind === 'pxe') return undefined;
    if (source.kind === 'iso')
      return { fileId: source.files[server.key] ?? '', content: 'iso', dependsOn: [] };
    const download = this.downloads.get(`${image.key}_${server.key}`);
    return {
      fileId: `${server.imageStorage}:${source.content}/${source.fileName}`,
      content: source.content,
      dependsOn: download ? [download] : [],
    };
  }

  private download(
    key: string,
    image: Image,
    source: Download,
    server: Server,
    servers: ProxmoxServers,
  ): DownloadFile {
    const config: DownloadFileConfig = {
      provider: servers.provider(server.key),
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
    };
    const { transform } = this;
    const patch = transform && ((safe: DownloadFileConfig) => transform(safe, image, server));
    const resource = create(DownloadFile, this, key, config, patch);
    if (server.renamedFrom !== undefined) moveFrom(resource, `${image.key}_${server.renamedFrom}`);
    return resource;
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
