/** How many members of etcd must be healthy for it to work. */
export const majority = (members: number): number => Math.floor(members / 2) + 1;
