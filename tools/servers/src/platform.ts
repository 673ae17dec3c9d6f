/** This machine, in the names of what the cache keeps: `linux-x64`. */
export const currentPlatform = `${process.platform}-${process.arch}`;
