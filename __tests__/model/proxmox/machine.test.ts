import { liveMachine } from '../../../model/proxmox/machine';

describe('a VM as its server has it', () => {
  it.each<[string, Record<string, string>, string[]]>([
    [
      'without option aio',
      { scsi0: 'tank:vm-1-disk-0,size=60G', virtio1: 'file=tank:x,aio=threads' },
      ['scsi0'],
    ],
    ['with it', { scsi0: 'tank:vm-1-disk-0,aio=io_uring,size=60G' }, []],
    [
      'but for CD drives, EFI variables and unused volumes',
      { ide2: 'none,media=cdrom', efidisk0: 'a:b', unused0: 'a:c' },
      [],
    ],
  ])('has disks %s', (_, config, disks) => {
    expect(liveMachine(config).disksWithoutAio).toEqual(disks);
  });

  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ['1', true],
    ['network,disk,usb', true],
    ['disk', true],
    ['0', false],
    ['network,usb', false],
  ])('with hotplug %s changes disks while it runs: %s', (hotplug, expected) => {
    expect(liveMachine(hotplug === undefined ? {} : { hotplug }).hotplugsDisks).toBe(expected);
  });

  it('has images in its CD drives', () => {
    const config = { ide2: 'local:iso/a.iso,media=cdrom,size=1M', sata3: 'media=cdrom,file=local:iso/b.iso' };
    expect(liveMachine(config).cds).toEqual(['local:iso/a.iso', 'local:iso/b.iso']);
  });
});
