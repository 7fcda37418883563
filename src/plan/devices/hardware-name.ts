/** Names that udev makes of an emulated disk's bus or serial number. A Xen disk has neither (60-persistent-storage.rules). */
export const isHardwareName = (device: string): boolean =>
  /^\/dev\/disk\/(by-path\/|by-id\/(ata|scsi|usb|nvme|virtio|wwn)-)/.test(device);
