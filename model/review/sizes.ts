/** `8 GB`, or `1,500 MB` where it is no whole number of GB. */
export const megabytes = (mb: number): string => (mb % 1024 === 0 ? `${mb / 1024} GB` : `${mb} MB`);
