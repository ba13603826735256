/** Servers that lack room, have something else than expected, or guests that are silent. */
import type { Site } from '../../../simulators/pve';
import { addVolume } from '../../../simulators/pve';
import { GIB } from '../../../simulators/pve/formats/size';
import { destroy } from '../../../simulators/pve/vm/lifecycle';
import type { Cell, Row } from './cell';
import { PLAN, taskFailed } from './requests';
import { IMAGE_FILE, OTHER_IMAGE, RIGHT_IMAGE, VICTIM, type Adjust } from './stack';

/** A storage with so much room, until it has enough. */
function roomOf(storage: string, gib: number): Pick<Cell, 'fault' | 'mend'> {
  const set = (total: number) => (site: Site) => {
    site.state.storage(VICTIM.server, storage).total = total * GIB;
  };
  return { fault: set(gib), mend: set(1000) };
}

const thinPoolFull = (volume: string): string =>
  `lvcreate 'pve/${volume}' error: Cannot create new thin volume, free space in thin pool pve/data reached threshold.`;

const downloadFailed = (text: string): string =>
  `Error downloading file from url: Could not download file '${IMAGE_FILE}', unexpected error: error download file to datastore local: failed waiting for url download: ${taskFailed(text)}`;

/** The agent of the product's JSON, with less patience. */
const impatientAgent: Adjust = ({ resource }) => {
  for (const vm of Object.values(resource.proxmox_virtual_environment_vm)) {
    vm['agent'] = { enabled: true, timeout: '2s', trim: true, type: 'virtio' };
  }
};

const silentAgent: Pick<Cell, 'adjust' | 'fault'> = {
  adjust: impatientAgent,
  fault: ({ state }) => void (state.agent = 'none'),
};

const NO_AGENT = `error waiting for network interfaces from QEMU agent: timeout while waiting for the QEMU agent on VM "${VICTIM.vmid}" to publish the network interfaces`;

/** A VM that is not of this cluster. */
function addForeignVm({ state }: Site): void {
  const { vmid, server } = VICTIM;
  addVolume(state.storage(server, 'local-lvm'), { name: `vm-${vmid}-disk-0`, size: 5 * GIB });
  const scsi0 = `local-lvm:vm-${vmid}-disk-0,size=5G`;
  const config = { name: 'mail-server', memory: '1024', scsi0, vmgenid: 'foreign', smbios1: 'uuid=foreign' };
  state.vms.set(vmid, { vmid, node: server, status: 'running', config });
}

/** The guards of the synthesized JSON refuse the plan, and nothing is touched. */
const TAKEN: Cell = {
  fault: addForeignVm,
  error: `Resource precondition failed: VM ${VICTIM.vmid} on node ${VICTIM.server} is called "mail-server", not "worker-1": Terraform would take it over, and a later destroy would delete it. Give worker-1 a free vm_id, or remove that VM. [live-identity-taken adopt:worker-1] To take it over knowingly: -var 'allow=["adopt:worker-1"]'`,
  mend: ({ state }) => destroy(state, state.vmOn(VICTIM.server, VICTIM.vmid)),
  plan: '4 to add, 0 to change, 0 to destroy',
};

/** What Terraform alone does. */
const ADOPTED: Cell = {
  adjust: ({ variable }) => void (variable.guards.default = false),
  fault: addForeignVm,
  plan: '1 to add, 0 to change, 1 to destroy',
  danger:
    'Terraform says "Apply complete!" and takes the foreign VM for its own; the next apply deletes it with its disks',
  loses: [VICTIM.vmid],
};

export const SERVER_ROWS: readonly Row[] = [
  {
    id: 'storage-full',
    title: 'The storage of the disks is full',
    create: {
      ...roomOf('local-lvm', 30),
      error: `VM create: ${taskFailed(`unable to create VM ${VICTIM.vmid} - ${thinPoolFull(`vm-${VICTIM.vmid}-disk-2`)}`)}`,
      plan: PLAN.create,
    },
    update: {
      ...roomOf('local-lvm', 50),
      error: `VM disk resize: ${taskFailed(thinPoolFull(`vm-${VICTIM.vmid}-disk-2`))}`,
      plan: PLAN.update,
    },
    destroy: 'a destroy takes no room',
  },
  {
    id: 'image-storage-full',
    title: 'The storage of the images is full',
    create: {
      ...roomOf('local', 0),
      error: downloadFailed(`'local:iso/${IMAGE_FILE}': No space left on device`),
      plan: '2 to add, 0 to change, 0 to destroy',
    },
    update: 'the image is there already',
    destroy: 'a destroy takes no room',
  },
  {
    id: 'checksum',
    title: 'The image has another checksum',
    create: {
      fault: ({ state }) => void (state.web = OTHER_IMAGE),
      mend: ({ state }) => void (state.web = RIGHT_IMAGE),
      error: downloadFailed("checksum mismatch: got 'b…' != expect 'a…'"),
      plan: '2 to add, 0 to change, 0 to destroy',
    },
    update: 'the image is there already',
    destroy: 'nothing is downloaded',
  },
  {
    id: 'vmid-taken',
    title: 'Another VM has the VMID',
    create: TAKEN,
    update: "the VMID is the VM's own",
    destroy: "the VMID is the VM's own",
  },
  {
    id: 'vmid-taken-unguarded',
    title: 'Another VM has the VMID, and the guards are off',
    create: ADOPTED,
    update: "the VMID is the VM's own",
    destroy: "the VMID is the VM's own",
  },
  {
    id: 'agent-silent',
    title: 'The guest agent is silent',
    create: { ...silentAgent, warning: NO_AGENT },
    update: { ...silentAgent, warning: NO_AGENT },
    destroy: silentAgent,
  },
];
