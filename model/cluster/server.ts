/** A Proxmox VE server. */
export interface Server {
  /** Name of the server in the definition; provider alias and token variable are named by it. */
  readonly key: string;
  /** `https://host:port/` */
  readonly endpoint: string;
  /** Name of the Proxmox node. */
  readonly nodeName: string;
  /**
   * What shares VMIDs, mappings and pools with this server: its Proxmox cluster, or the server alone. Two servers with
   * the same site never get the same VMID.
   */
  readonly site: string;
  /** Short name of the site, for addresses: the Proxmox cluster, or the key of a standalone server. */
  readonly siteName: string;
  /** Former key, whose resources in the state are those of this server. */
  readonly renamedFrom?: string;
  /** `user@realm!name` that the API token must have; absent means any. */
  readonly tokenId?: string;
  /** Whether its certificate is taken unchecked. */
  readonly insecure: boolean;
  /** Oldest TLS version, e.g. 1.3. */
  readonly minTls: string;
  /** CA bundle of its certificate; absent means that of the system. */
  readonly caFile?: string;
  /** Storages that the definition names for disks, also where no node has one, sorted. */
  readonly diskStorages: readonly string[];
  /** Storage that images are downloaded to. */
  readonly imageStorage: string;
  /** Set where other servers have this very storage too: what is in it is downloaded once, for all of them. */
  readonly sharedImages?: SharedImages;
}

/** An image storage that several servers have in common. */
export interface SharedImages {
  /** Key of the storage in the definition; addresses are named by it. */
  readonly name: string;
  /** Keys of all servers that download to it, sorted; the first does it for all, whether it has nodes or not. */
  readonly servers: readonly string[];
}

/** What a server is where nobody says otherwise. */
export const SERVER_DEFAULTS = {
  insecure: false,
  minTls: '1.3',
  imageStorage: 'local',
} as const satisfies Partial<Server>;
