export { Folders } from "./folders";
export { folderIcon, folderName } from "./names";
